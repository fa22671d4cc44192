/** The ratios of a run of `bench/index.mjs`, part by part: what goes into one table. */

/** @typedef {{ part: string, what: string, figure: string, beside?: string }} Figure */

const two = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
const list = (values) => values.map((value) => (value === null || value === undefined ? '-' : two(value))).join(' / ');
const gibibytes = (bytes) => (bytes === null ? 'not measured' : `${(bytes / 2 ** 30).toFixed(2)} GiB`);

/** @param {Record<string, { result?: any }>} parts @returns {Figure[]} */
export function figuresOf(parts) {
  return Object.entries(parts).flatMap(([part, { result, failed }]) => {
    if (failed) return [{ part, what: `failed: ${failed}`, figure: '-' }];
    if (result.skipped) return [{ part, what: result.skipped, figure: '-' }];
    return summaries[part](result, parts).map((figure) => ({ part, ...figure }));
  });
}

const summaries = {
  bare({ results }) {
    const kinds = [...new Set(results.map((r) => `${r.matrix} float${r.bits} ${r.product}`))];
    return kinds.map((kind) => {
      const of = results.filter((r) => `${r.matrix} float${r.bits} ${r.product}` === kind);
      const widths = `r = ${of.map((r) => r.width).join(' / ')}`;
      const read = `${list([of[0].overRead])} of reading X once at r = 1`;
      if (of[0].overBlas === null)
        return { what: `${kind}, ${widths}, over reading X once`, figure: list(of.map((r) => r.overRead)) };
      return { what: `${kind}, ${widths}, over bare BLAS`, figure: list(of.map((r) => r.overBlas)), beside: read };
    });
  },

  products({ results }, parts) {
    const bare = parts.bare?.result?.results ?? [];
    const kernel = (r, product) =>
      bare.find((b) => {
        const same = b.rows === r.rows && b.columns === r.columns && b.width === r.width;
        return same && b.bits === 64 && b.matrix === 'dense' && b.product === product;
      });
    const pairs = results.map((r) => [r, kernel(r, 'X W'), kernel(r, "X'R")]).filter(([, forward]) => forward);
    if (pairs.length === 0) return [];
    const widths = `r = ${pairs.map(([r]) => r.width).join(' / ')}`;
    return [
      {
        what: `X W as a caller has it, ${widths}, over the kernel`,
        figure: list(pairs.map(([r, f]) => (1000 * r.multiply) / f.ms)),
      },
      {
        what: `X'R as a caller has it, ${widths}, over the kernel`,
        figure: list(pairs.map(([r, , b]) => (1000 * r.multiplyTransposed) / b.ms)),
      },
    ];
  },

  iteration({ contract, peaks, shape }) {
    const at = `${shape.rows} x ${shape.columns}, ${shape.hidden} hidden units`;
    return [
      ...contract.flatMap((c) => [
        {
          what: `layerwise / fixed, ${c.direction}, ${at}`,
          figure: two(c.layerwiseOverFixed),
          beside: `contract ${c.layerwiseLimit}`,
        },
        {
          what: `fixed / two products, ${c.direction}`,
          figure: two(c.fixedOverProducts),
          beside: `contract ${c.fixedLimit}`,
        },
      ]),
      ...peaks
        .filter(({ tracked }) => tracked !== null)
        .map(({ rule, tracked }) => ({ what: `peak beyond X and y, ${rule}`, figure: `${two(tracked)} n r doubles` })),
    ];
  },

  precision({ summary, shape }) {
    return [
      {
        what: `float64 / float32, iteration, ${shape.rows} x ${shape.columns}, ${shape.hidden} hidden units`,
        figure: two(summary.faster),
        beside: 'times as fast',
      },
      {
        what: 'objective of float32 beside float64, linear, worst',
        figure: summary.worstDifference.toExponential(1),
        beside: `at the parameters ${summary.worstTrueDifference.toExponential(1)}; ${summary.monotone ? 'all monotone' : 'NOT all monotone'}`,
      },
    ];
  },

  'native-vs-javascript'({ results }) {
    return results.flatMap((r) => {
      const what = `layerwise iteration, ${r.rows} x ${r.columns}, ${r.hidden} hidden units`;
      const figures = [[`javascript / native, ${what}, ${r.threads} thr.`, r.ratios.layerwise]];
      if (r.wasmRatios) figures.push([`javascript / wasm, ${what}`, r.wasmRatios.overJavascript.layerwise]);
      return figures.map(([name, ratio]) => ({ what: name, figure: two(ratio), beside: 'times as fast' }));
    });
  },

  sparse({ results, large }) {
    return [
      ...results.map((r) => ({
        what: `sparse / dense, training of ${r.data}`,
        figure: two(r.ratio),
        beside: `${(100 * r.stored).toFixed(1)} % stored`,
      })),
      ...large.map((r) => ({
        what: `${r.data}, ${r.iterations} iterations`,
        figure: `${two(r.seconds)} s`,
        beside: `peak ${gibibytes(r.memory.peak)}, ${gibibytes(r.memory.beyond)} beyond the data`,
      })),
    ];
  },

  small({ trainings, predictions }) {
    return [
      ...trainings.map((t) => ({
        what: `fit of ${t.data}, ${t.rows} x ${t.columns}${t.liblinear ? ', over LIBLINEAR' : ''}`,
        figure: t.liblinear ? two(t.wall / t.liblinear) : `${two(t.wall)} ms`,
        beside: `${t.wall.toFixed(3)} ms`,
      })),
      ...predictions
        .filter(({ rows }) => rows === 1)
        .map((p) => ({ what: `predict one row, ${p.model}`, figure: `${two(p.predict)} us`, beside: '' })),
    ];
  },

  peers({ results, liblinear }) {
    return [
      ...results.flatMap((r) => ['1e-3', '1e-6'].map((target) => besideBest(r, target)).filter(Boolean)),
      ...liblinear.map((l) => ({ what: `${l.data}: to 1e-6 over LIBLINEAR at -e 1e-4`, figure: two(l.ratio), beside: '' })),
    ];
  },
};

/** planesearch beside whichever peer comes there first. */
function besideBest({ data, entries }, target) {
  const ours = entries[0].reached[target];
  const what = `${data}: seconds to ${target} over the soonest peer`;
  const peers = entries.filter(({ peer, reached }) => !peer.startsWith('planesearch') && reached);
  const there = peers
    .filter(({ reached }) => reached[target] !== null)
    .sort((a, b) => a.reached[target] - b.reached[target]);
  if (ours === null)
    return { what, figure: '-', beside: `planesearch ends at an excess of ${entries[0].excess.toExponential(1)}` };
  if (there.length > 0) {
    const [{ peer, reached }] = there;
    return {
      what,
      figure: two(ours / reached[target]),
      beside: `${ours.toPrecision(3)} s; ${peer} ${reached[target].toPrecision(3)} s`,
    };
  }
  const longest = Math.max(...peers.map(({ seconds }) => seconds));
  if (peers.length === 0) return null;
  return {
    what,
    figure: `< ${two(ours / longest)}`,
    beside: `${ours.toPrecision(3)} s; no peer after ${longest.toPrecision(3)} s`,
  };
}
