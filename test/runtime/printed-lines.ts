import { createTelemetry, type Telemetry } from '../../lib/runtime/telemetry.ts';

export type Line = Record<string, unknown>;

/** The lines that a telemetry prints, to stdout and stderr alike, each a JSON document. */
export const printed = (tell: (telemetry: Telemetry) => void): Line[] => {
  let output = '';
  const take = (text: unknown) => {
    output += text;
    return true;
  };
  const sinks = [process.stdout, process.stderr].map((sink) =>
    jest.spyOn(sink, 'write').mockImplementation(take),
  );
  try {
    tell(createTelemetry({ lane: 'low', namespace: 'Relay/test' }));
  } finally {
    for (const sink of sinks) sink.mockRestore();
  }
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
};
