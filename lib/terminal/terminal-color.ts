import { styleText } from 'node:util';

/** What a stream such as `process.stdout` says of itself. */
export type Screen = { isTTY?: boolean; columns?: number; write(text: string): unknown };

export type Paint = (style: 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan', text: string) => string;

/** Colour is for terminals whose user has not set NO_COLOR (no-color.org: any value but the empty one counts). */
export const wantsColor = (screen: Screen, environment: { NO_COLOR?: string | undefined }): boolean =>
  screen.isTTY === true && !environment.NO_COLOR;

export const painter = (color: boolean): Paint =>
  color ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
