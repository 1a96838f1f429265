// Draws the charts of a report, in the browser. The data stand in the page; nothing is fetched.
const { charts, bands } = JSON.parse(document.getElementById('data').textContent);
const dark = matchMedia('(prefers-color-scheme: dark)').matches;
const ink = dark ? '#a0a8b1' : '#5b6570';
const line = dark ? '#343a40' : '#dde1e6';
const colors = dark
  ? ['#70b8ff', '#ffa057', '#4cc38a', '#ff6369', '#bf7af0']
  : ['#0b68cb', '#c2570c', '#18794e', '#c62a2f', '#8145b5'];
const HEIGHT = 220;

/** Shades the warm-up, and when faults were in force. */
const shade = (plot) => {
  const { ctx, bbox } = plot;
  ctx.save();
  for (const { from, until, kind } of bands) {
    const left = Math.max(plot.valToPos(from, 'x', true), bbox.left);
    const right = Math.min(plot.valToPos(until, 'x', true), bbox.left + bbox.width);
    ctx.fillStyle = kind === 'faults' ? 'rgba(198, 42, 47, .14)' : 'rgba(128, 128, 128, .14)';
    if (right > left) ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
  ctx.restore();
};

const minutes = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, '0')}`;

const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };

for (const { id, seconds, series } of charts) {
  const place = document.getElementById(id);
  const plot = new uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      scales: { x: { time: false }, y: { range: (_, __, most) => [0, most > 0 ? most * 1.08 : 1] } },
      axes: [
        { ...axis, values: (_, values) => values.map(minutes) },
        { ...axis, size: 56 },
      ],
      series: [
        { label: 'at', value: (_, value) => (value == null ? '' : minutes(value)) },
        ...series.map(({ label }, index) => ({
          label,
          stroke: colors[index % colors.length],
          width: 2,
          spanGaps: true,
          points: { show: seconds.length < 20, size: 5 },
          value: (_, value) => (value == null ? '-' : String(value)),
        })),
      ],
      hooks: { drawClear: [shade] },
    },
    [seconds, ...series.map(({ values }) => values)],
    place,
  );
  new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: HEIGHT })).observe(place);
}
