import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { routes } from '../api/routes.ts';
import type { Page } from './cloud/http-api/http-api.ts';

const assets: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
};

const HTML = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Relay: HTTP API</title>
<link rel="stylesheet" href="/swagger-ui.css">
<div id="api"></div>
<script src="/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({ url: '${routes.getDocument.path}', dom_id: '#api', persistAuthorization: true });</script>
</html>
`;

const { resolve } = createRequire(import.meta.url);

/** The API's document as a page to read and to try, at \`/\`. */
export const apiPage = async (path: string): Promise<Page | undefined> => {
  if (path === '/') return { type: 'text/html; charset=utf-8', body: HTML };
  const name = path.slice(1);
  const type = Object.hasOwn(assets, name) ? assets[name] : undefined;
  if (type === undefined) return undefined;
  return { type, body: await readFile(resolve(`swagger-ui-dist/${name}`)) };
};
