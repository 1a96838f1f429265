import type { StackTemplate } from './template.ts';

/** How keys look that somebody may have put where everybody with access to CloudFormation reads them. */
const looks: readonly [string, RegExp][] = [
  ['a key of OpenAI or Anthropic', /\bsk-[\w-]{8,}/],
  ['an access key of AWS', /\b(AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['a secret of a webhook', /\bwhsec_[\w+/]{8,}/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['a token', /\beyJ[\w-]{10,}\.[\w-]{10,}\./],
  ['a password in a URL', /\b[a-z]+:\/\/[^/\s:@]+:[^/\s:@]+@/],
];

/** Names of values that are secret. Those that only say where a secret is end in what it is found by. */
const isSecretName = (name: string): boolean =>
  /(password|passwd|secret_?string|api_?key|access_?key|private_?key|client_?secret|auth_?token)$/i.test(
    name,
  );

/** A template is kept, shown and copied: what it holds is no secret any more. */
export const secretProblems = ({ name, template }: StackTemplate): string[] =>
  textsIn(template.Resources, []).flatMap(({ path, text }) => {
    const what =
      looks.find(([, look]) => look.test(text))?.[0] ??
      (isSecretName(path.at(-1) ?? '') && !isEmpty(text) ? 'a secret value' : undefined);
    return what === undefined
      ? []
      : [
          `${name}: ${path.join('.')} holds ${what}: put it into a secret of lib/stacks/data-stack.ts by hand`,
        ];
  });

/** A secret that is deployed without a value, to be filled by hand. */
const isEmpty = (text: string): boolean => text === '' || text === '{}';

const textsIn = (value: unknown, path: readonly string[]): { path: readonly string[]; text: string }[] => {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsIn(inner, [...path, key]));
};
