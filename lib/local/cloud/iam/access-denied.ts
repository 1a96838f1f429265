import { type Access, principalArn } from './access.ts';

/** A refusal for want of a permission; `because` is the end of IAM's sentence. */
export type AccessDenied = { access: Access; because: string };

/** IAM's sentence; services spell the action each in their own way. */
export const sentenceOf = (
  { access, because }: AccessDenied,
  spell = (action: string): string => action,
): string =>
  `User: ${principalArn(access.principal)} is not authorized to perform: ${spell(access.action)} on resource: ` +
  `${access.resource} ${because.replace(access.action, spell)}`;
