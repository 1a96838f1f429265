import { formatDuration, formatUsd } from '../../local/sample/number-format.ts';
import { laneNames } from '../../pipeline/job/lane.ts';
import { utcInstant } from '../../pipeline/utc.ts';
import type { RunResult } from '../result/result.ts';
import type { Summary } from '../result/statistics.ts';
import { bandsOf, chartsOf } from './charts.ts';
import { type Html, html, jsonScript, raw, table } from './html.ts';
import { verdictLine } from './result-lines.ts';

/** What the page is made of beside the result: uPlot, and our own style and script. */
export type PageParts = { library: string; libraryStyle: string; style: string; script: string };

/** One page that holds everything, to be opened anywhere and sent to anybody. */
export const renderReport = (result: RunResult, parts: PageParts): string => {
  const { run } = result;
  const charts = chartsOf(result);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${run.scenario} ${result.verdict}: ${run.id}</title>
<style>${raw(parts.libraryStyle)}${raw(parts.style)}</style>
</head>
<body>
<h1>${run.scenario}</h1>
<p>${run.question}</p>
<p class="dim">${run.who}. ${contextOf(run)}</p>
<div class="verdict ${result.verdict}" role="status">${verdictLine(result)}</div>
${cardsOf(result)}
<h2>What was promised, and what was found</h2>
${checksOf(result)}
<h2>Over time</h2>
<p class="dim">Windows of ${result.windowMs / 1_000} s. Grey: warm-up, which counts for nothing. Red: faults.${faultWords(run)}</p>
<div class="charts">${charts.map(({ id, title }) => html`<figure><figcaption>${title}</figcaption><div id="${id}"></div></figure>`)}</div>
<noscript><p>The charts need JavaScript; every figure above and below does not.</p></noscript>
<h2>Latency</h2>
${latencyOf(result)}
<h2>Models and fallbacks</h2>
${modelsOf(result)}
<h2>Errors by type</h2>
${errorsOf(result)}
<h2>How jobs ended, and what they cost</h2>
${endsOf(result)}
${jsonScript('data', { charts, bands: bandsOf(result) })}
<script>${raw(parts.library)}</script>
<script type="module">${raw(parts.script)}</script>
</body>
</html>
`.html;
};

const contextOf = (run: RunResult['run']): string =>
  [
    `Target ${run.target}, ${utcInstant(run.startedAtMs)}, commit ${run.commit}.`,
    run.scale === 1 ? '' : `At ${run.scale} of its length.`,
    run.models === undefined ? '' : `Models: ${run.models}.`,
    `Generator: artillery ${run.machine.artillery}, Node ${run.machine.node}, ${run.machine.cores} cores${
      run.sharesMachine ? ', which it shares with the target' : ''
    }.`,
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');

const faultWords = ({ faults }: RunResult['run']): string => (faults ? ` ${faults.what}.` : '');

const cardsOf = ({ jobs, latency, throughput, cost, rescue }: RunResult): Html => {
  const cards: [string, string][] = [
    ['jobs answered', `${jobs.answered} of ${jobs.measured}`],
    ['lost', String(jobs.lost)],
    ['job p50', formatDuration(latency.job?.p50)],
    ['job p95', formatDuration(latency.job?.p95)],
    ['job p99', formatDuration(latency.job?.p99)],
    ['jobs a second', throughput.jobsPerSecond.toFixed(1)],
    ['models cost', formatUsd(cost.microUsd)],
    ...(rescue.needed > 0
      ? [['rescued', `${Math.round(100 * rescue.share)} % of ${rescue.needed}`] satisfies [string, string]]
      : []),
  ];
  return html`<div class="cards">${cards.map(([name, value]) => html`<div class="card"><span class="dim">${name}</span><b>${value}</b></div>`)}</div>`;
};

const checksOf = ({ checks }: RunResult): Html =>
  table(
    ['', 'kind', 'name', 'found', 'wanted'],
    checks.map(({ kind, name, found, wanted, holds }) => [
      holds ? html`<span class="good">ok</span>` : html`<span class="bad">FAIL</span>`,
      kind,
      name,
      found,
      wanted,
    ]),
    { className: 'checks' },
  );

const percentiles = ['count', 'p50', 'p95', 'p99', 'max'] as const;

const latencyOf = ({ latency }: RunResult): Html => {
  const row = (name: string, summary: Summary | undefined) =>
    summary === undefined
      ? []
      : [[name, summary.count, ...percentiles.slice(1).map((rank) => formatDuration(summary[rank]))]];
  return table(
    ['', ...percentiles],
    [
      ...row('jobs, from the wish to the end', latency.job),
      ...laneNames.flatMap((lane) => row(`lane ${lane}`, latency.byLane[lane]?.job)),
      ...laneNames.flatMap((lane) => row(`wait in lane ${lane}`, latency.byLane[lane]?.wait)),
      ...row("Relay's own part", latency.own),
      ...latency.requests.flatMap(({ name, summary }) => row(`request ${name}`, summary)),
    ],
    { figures: percentiles },
  );
};

const modelsOf = ({ models, rescue }: RunResult): Html =>
  html`${table(
    ['asked for', 'answered by', 'jobs'],
    models.map(({ asked, answeredBy, count }) => [
      asked,
      answeredBy === asked ? 'itself' : answeredBy,
      count,
    ]),
    { figures: ['jobs'] },
  )}${
    rescue.time === undefined
      ? raw('')
      : html`<p>${rescue.time.count} jobs were rescued by a lesser model: half of them within ${formatDuration(rescue.time.p50)} of the begin of their run, 95 of 100 within ${formatDuration(rescue.time.p95)}.</p>`
  }`;

const errorsOf = ({ errors }: RunResult): Html =>
  errors.length === 0
    ? html`<p>None.</p>`
    : table(
        ['type', 'count'],
        errors.map(({ word, count }) => [word, count]),
        { figures: ['count'] },
      );

const endsOf = ({ jobs, cost }: RunResult): Html =>
  html`${table(
    ['end', 'jobs'],
    jobs.ends.map(({ word, count }) => [word, count]),
    { figures: ['jobs'] },
  )}<p>${formatUsd(cost.microUsd)} for ${cost.inputTokens} tokens in and ${cost.outputTokens} out, warm-up included.</p>`;
