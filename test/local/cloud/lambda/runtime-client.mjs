// Speaks the Runtime API as AWS's own client does, and does what an event asks for: `reply`, `fail`, `exit` or `hang`.
const { AWS_LAMBDA_RUNTIME_API, PURPOSE } = process.env;
const base = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const post = async (path, body) =>
  (await fetch(`${base}${path}`, { method: 'POST', body: JSON.stringify(body) })).status;

if (PURPOSE === 'no-handler') {
  await post('/init/error', { errorType: 'Runtime.HandlerNotFound' });
  process.exit(1);
}

for (;;) {
  const asked = await fetch(`${base}/invocation/next`);
  const { fail, exit, hang, bytes, reply } = await asked.json();
  const { headers } = asked;
  const id = headers.get('lambda-runtime-aws-request-id');
  console.log(`runs ${id} for ${PURPOSE} until ${headers.get('lambda-runtime-deadline-ms')}`);
  if (hang) await new Promise(() => setInterval(() => undefined, 1_000));
  if (exit) process.exit(1);
  if (fail) await post(`/invocation/${id}/error`, { errorType: fail });
  else
    console.log(`status ${await post(`/invocation/${id}/response`, bytes ? 'x'.repeat(bytes - 2) : reply)}`);
}
