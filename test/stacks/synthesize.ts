import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import cdkJson from '../../cdk.json' with { type: 'json' };
import type { StageConfig } from '../../lib/config.ts';
import { configFor } from '../../lib/configure.ts';
import { defaultCatalogue } from '../../lib/pipeline/model/default-catalogue.ts';
import { relay } from '../../lib/stacks/relay.ts';

/** The configuration of a stage as `cdk synth -c stage=...` would choose it. */
export const configOf = (stage: string, context: Record<string, string> = {}): StageConfig =>
  configFor((key) => ({ stage, ...context })[key]);

/** A day on which every model of the default catalogue has years to go at the default providers. */
const SYNTH_MS = Date.parse('2026-11-26T00:00:00Z');

/** All templates of a stage, by the last part of the stack's name. The same stage is synthesized once for a test file. */
export const synthesize = (
  config: StageConfig,
  catalogue = defaultCatalogue,
  nowMs = SYNTH_MS,
): Templates => {
  const key = JSON.stringify([config, catalogue, nowMs]);
  const templates = made.get(key) ?? make(config, catalogue, nowMs);
  made.set(key, templates);
  return templates;
};

type Templates = ReturnType<typeof make>;
const made = new Map<string, Templates>();

const make = (config: StageConfig, catalogue: typeof defaultCatalogue, nowMs: number) => {
  const app = new App({ context: cdkJson.context });
  // Templates name a bundle by its hash alone, so the sources stand in for it.
  relay(app, config, { bundlesDir: 'functions', nowMs, catalogue });
  const templateOf = (name: string): Template => {
    const stack = app.node.findChild(`relay-${config.stage}-${name}`);
    if (!Stack.isStack(stack)) throw new Error(`${name} is no stack`);
    return Template.fromStack(stack);
  };
  return {
    data: templateOf('data'),
    pipeline: templateOf('pipeline'),
    alerts: templateOf('alerts'),
    accounting: templateOf('accounting'),
    api: templateOf('api'),
    operations: templateOf('operations'),
    webhooks: templateOf('webhooks'),
    privacy: templateOf('privacy'),
  };
};
