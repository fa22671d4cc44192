// Numbers and labels on the axes of figures.js, which follows in the page.
const shorten = (value) =>
  value === 0
    ? '0'
    : Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5
      ? String(Number(value.toPrecision(3)))
      : value.toExponential(1).replace('e+', 'e');

const superscript = (exponent) => [...String(exponent)].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[digit] ?? '⁻').join('');

/** Whether a tick of a logarithmic axis is a whole power of its base. */
const wholePower = (value, base) => Math.abs(base ** Math.round(Math.log(value) / Math.log(base)) / value - 1) < 1e-9;

/** Labels of a logarithmic axis: whole powers, thinned out where there are many; also 2 and 5 where there are few. */
function logLabels(ticks, base) {
  const decades = Math.log10(ticks.at(-1) / ticks[0]);
  const every = decades > 11 ? 2 : 1;
  return ticks.map((value) => {
    if (base === 2) return wholePower(value, 2) ? String(value) : null;
    if (!wholePower(value, 10)) return decades <= 2.5 && /^[25]/.test(value.toExponential(0)) ? shorten(value) : null;
    const exponent = Math.round(Math.log10(value));
    if (exponent % every !== 0) return null;
    return exponent >= -2 && exponent <= 4 ? String(Number(value.toPrecision(1))) : `10${superscript(exponent)}`;
  });
}

/** Grid lines at the whole powers only: all of them hide the curves. */
const logAxis = (base) => ({
  values: (_, ticks) => logLabels(ticks, base),
  filter: (_, ticks) => ticks,
  grid: {
    stroke: '#eaeef2',
    width: 1,
    filter: (_, ticks) => ticks.map((value) => (wholePower(value, base) ? value : null)),
  },
});
