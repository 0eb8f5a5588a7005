// `node bench/cedar-differential.ts [--cases N] [--seed N]`: compiled Cedar against cedar-wasm, half a million cases by default.
import { parseArgs } from 'node:util';
import { loadCedar } from '../packages/holdfast/src/edge/policy/index.ts';
import { runDifferential } from '../test/differential/cedar.ts';

const { values } = parseArgs({
  options: { cases: { type: 'string', default: '500000' }, seed: { type: 'string', default: '1' } },
});
const cases = Number(values.cases);
const seed = Number(values.seed);
if (!Number.isSafeInteger(cases) || cases < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write('cedar-differential: --cases and --seed take whole numbers\n');
  process.exit(2);
}

const started = performance.now();
let told = started;
const result = runDifferential(await loadCedar(), {
  cases,
  seed,
  perSet: 100,
  progress: (done) => {
    const now = performance.now();
    if (now - told < 5000 && done < cases) return;
    told = now;
    process.stderr.write(`${done} of ${cases} cases, ${Math.round((done / (now - started)) * 1000)}/s\n`);
  },
});
for (const difference of result.differences) {
  process.stdout.write(
    `DIFFERS (${difference.layer}): ${difference.what}\n  ${difference.policies.join('\n  ')}\n  ${JSON.stringify(difference.request)}\n`,
  );
}
process.stdout.write(
  `seed ${seed}: ${result.cases} cases in ${result.sets} sets, ${result.matched} with a match, ${result.erred} with an error, ` +
    `${result.denied} denied, ${result.refused} refused, ${result.differences.length} differences, ${((performance.now() - started) / 1000).toFixed(1)} s\n`,
);
process.exitCode = result.differences.length === 0 && result.refused === 0 ? 0 : 1;
