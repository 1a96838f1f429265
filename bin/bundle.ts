import { bundleFunctions } from '../lib/bundle-functions.ts';

// `npm run bundle`: dist/<door>/ for every function, before `cdk synth` or `cdk deploy`.
for (const { door, bytes } of await bundleFunctions(process.cwd())) {
  console.log(`dist/${door}: ${Math.ceil(bytes / 1024)} KB`);
}
