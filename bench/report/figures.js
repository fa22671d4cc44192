// Draws `figures` (see page.mjs) with uPlot. Runs in the page; what is switched on or off holds for the whole page.
const hidden = new Set(figures.flatMap(({ series }) => series.filter((s) => s.hidden).map((s) => s.label)));
const drawn = [];
let chosenView = 0;

const create = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
};

function swatch({ color, dash, width = 1.8 }) {
  const holder = create('span');
  holder.innerHTML = `<svg width="20" height="8"><line x1="0" y1="4" x2="20" y2="4" stroke="${color}" stroke-width="${width}"${
    dash ? ` stroke-dasharray="${dash.join(' ')}"` : ''
  }/></svg>`;
  return holder.firstChild;
}

/** Every series on one increasing list of x, as uPlot wants it: missing values are null, and bridged. */
function aligned({ series, views, logY, logX }, view) {
  const logarithmic = views ? views[view].logX : logX;
  const lists = series.map((s) => {
    const x = views ? s.x[view] : s.x;
    const drawable = (i) => s.y[i] !== null && (!logY || s.y[i] > 0) && (!logarithmic || x[i] > 0);
    const keep = x.map((_, i) => i).filter(drawable);
    return [keep.map((i) => x[i]), keep.map((i) => s.y[i])];
  });
  return uPlot.join(lists);
}

function nearest(u, series, index) {
  const values = u.data[series];
  for (let away = 0; away < values.length; away++) {
    if (values[index - away] != null) return index - away;
    if (values[index + away] != null) return index + away;
  }
  return index;
}

class Drawing {
  constructor(figure, place) {
    this.figure = figure;
    this.reading = create('div', { class: 'reading' });
    this.plotHolder = create('div', { class: 'plot' }, this.reading);
    const header = create('header', {}, create('h3', {}, figure.title));
    if (figure.views) header.append(this.#viewSwitch());
    place.append(header);
    if (figure.caption) {
      const caption = create('p', { class: 'caption' });
      caption.innerHTML = figure.caption;
      place.append(caption);
    }
    this.buttons = new Map(figure.series.map((s) => [s.label, this.#button(s)]));
    const legend = figure.series.every((s) => s.legend) ? this.#grid() : this.#list();
    place.append(create('div', { class: 'body' }, this.plotHolder, legend));
  }

  get width() {
    return Math.max(280, this.plotHolder.clientWidth);
  }

  draw() {
    this.plot?.destroy();
    const { figure } = this;
    const axis = (label, base, size) => ({
      label,
      size,
      labelSize: 22,
      stroke: '#5c6b7a',
      labelFont: '13px system-ui, sans-serif',
      font: '12px system-ui, sans-serif',
      grid: { stroke: '#eaeef2', width: 1 },
      ticks: { stroke: '#dfe5eb', width: 1, size: 5 },
      values: (_, ticks) => ticks.map(shorten),
      ...(base ? logAxis(base) : {}),
    });
    const x = figure.views?.[chosenView] ?? figure;
    const base = x.logX ? (x.logX === 2 ? 2 : 10) : null;
    const options = {
      width: this.width,
      height: 400,
      legend: { show: false },
      scales: {
        x: { time: false, distr: base ? 3 : 1, log: base ?? 10, range: (_, low, high) => [low, high] },
        y: { distr: figure.logY ? 3 : 1, range: figure.logY ? (_, low, high) => this.#logRange(low, high) : undefined },
      },
      axes: [axis(x.xLabel, base, 34), axis(figure.yLabel, figure.logY ? 10 : null, 44)],
      focus: { alpha: 0.22 },
      cursor: {
        focus: { prox: 24 },
        y: false,
        points: { size: 7 },
        dataIdx: (u, series, index) => (series === 0 ? index : nearest(u, series, index)),
      },
      series: [
        {},
        ...figure.series.map((s) => ({
          label: s.label,
          stroke: s.color,
          width: s.width ?? 1.8,
          dash: s.dash,
          spanGaps: true,
          show: !hidden.has(s.label),
          points: { show: Boolean(s.points), size: 6, fill: s.color },
        })),
      ],
      hooks: {
        setSeries: [(u, series, { focus }) => this.#focus(u, focus === undefined ? undefined : series)],
        setCursor: [(u) => this.#read(u)],
      },
    };
    this.plot = new uPlot(options, aligned(figure, chosenView), this.plotHolder);
    this.plotHolder.append(this.reading);
  }

  update() {
    this.figure.series.forEach((s, i) => {
      const show = !hidden.has(s.label);
      const button = this.buttons.get(s.label);
      button.classList.toggle('off', !show);
      button.setAttribute('aria-pressed', String(show));
      if (this.plot && this.plot.series[i + 1].show !== show) this.plot.setSeries(i + 1, { show });
    });
    this.place
      ?.querySelectorAll('.views button')
      .forEach((button, v) => button.setAttribute('aria-pressed', String(v === chosenView)));
  }

  #logRange(low, high) {
    const bottom = Math.max(low ?? 1e-3, this.figure.yMin ?? 0);
    return uPlot.rangeLog(bottom, Math.max(high ?? 1, bottom * 1.0001), 10, true);
  }

  #focus(u, series) {
    if (series === undefined) return;
    this.focused = series;
    this.#read(u);
  }

  #read(u) {
    const { focused } = this;
    const index = focused ? u.cursor.idxs?.[focused] : null;
    if (!focused || index == null || u.data[focused][index] == null) {
      this.reading.textContent = '';
      return;
    }
    const x = this.figure.views?.[chosenView].xLabel ?? this.figure.xLabel;
    this.reading.replaceChildren(
      create('b', {}, u.series[focused].label),
      ` · ${x} ${shorten(u.data[0][index])} · ${this.figure.yLabel} ${shorten(u.data[focused][index])}`,
    );
  }

  #viewSwitch() {
    const button = ({ label }, view) =>
      create('button', { type: 'button', 'aria-pressed': String(view === 0), onclick: () => chooseView(view) }, label);
    return create('span', { class: 'views' }, ...this.figure.views.map(button));
  }

  #button(s) {
    const press = (event) => (event.altKey || event.shiftKey ? only([s.label]) : toggle([s.label]));
    return create('button', { type: 'button', title: s.label, onclick: press }, swatch(s));
  }

  #list() {
    const entries = this.figure.series.map((s) => {
      const button = this.buttons.get(s.label);
      button.append(s.label);
      return create('div', {}, button);
    });
    return create('div', { class: 'legend list' }, ...entries);
  }

  #grid() {
    const { series } = this.figure;
    const rows = [...new Set(series.map((s) => s.legend.row))];
    const columns = [...new Set(series.map((s) => s.legend.column))];
    const labels = (test) => series.filter(({ legend }) => test(legend)).map((s) => s.label);
    const heading = (text, chosen) => {
      const press = (event) => (event.altKey || event.shiftKey ? only(chosen) : toggle(chosen));
      return create('th', { title: `${text}: on or off; with Shift only these`, onclick: press }, text);
    };
    const cell = (row, column) => {
      const found = series.find(({ legend }) => legend.row === row && legend.column === column);
      return found ? create('td', {}, this.buttons.get(found.label)) : create('td', { class: 'absent' }, '·');
    };
    const table = create(
      'table',
      { class: 'legend' },
      create(
        'thead',
        {},
        create(
          'tr',
          {},
          create('td'),
          ...columns.map((column) =>
            heading(
              column,
              labels((l) => l.column === column),
            ),
          ),
        ),
      ),
      create(
        'tbody',
        {},
        ...rows.map((row) =>
          create(
            'tr',
            {},
            heading(
              row,
              labels((l) => l.row === row),
            ),
            ...columns.map((column) => cell(row, column)),
          ),
        ),
      ),
    );
    return create(
      'div',
      {},
      table,
      create(
        'p',
        { class: 'hint' },
        'Click a line, a row or a column to switch it on or off in all figures; with Shift, to see only that.',
      ),
    );
  }
}

function updateAll() {
  for (const drawing of drawn) drawing.update();
}

/** All off when all are on, otherwise all on. */
function toggle(labels) {
  const off = labels.every((label) => !hidden.has(label));
  for (const label of labels) off ? hidden.add(label) : hidden.delete(label);
  updateAll();
}

function only(labels) {
  for (const { series } of figures)
    for (const { label } of series) labels.includes(label) ? hidden.delete(label) : hidden.add(label);
  updateAll();
}

function chooseView(view) {
  chosenView = view;
  for (const drawing of drawn) if (drawing.figure.views && drawing.plot) drawing.draw();
  updateAll();
}

figures.forEach((figure, f) => {
  const place = document.getElementById(`figure-${f}`);
  const drawing = new Drawing(figure, place);
  drawing.place = place;
  drawn.push(drawing);
});
for (const drawing of drawn) drawing.draw();
updateAll();
new ResizeObserver(() => {
  for (const { plot, width } of drawn) if (plot && plot.width !== width) plot.setSize({ width, height: 400 });
}).observe(document.querySelector('main'));
