/** Vitest reporter that leaves a run's counts, with every failure by name and the reason of every skip, in the file COUNTS_FILE names. */
import { writeFileSync } from 'node:fs';

export default class CountsReporter {
  onTestRunEnd(modules, unhandled) {
    const counts = { passed: 0, failed: unhandled.map((error) => error.message ?? String(error)), skipped: [] };
    for (const module of modules) {
      let failedHere = false;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') counts.passed++;
        else if (result.state === 'skipped') counts.skipped.push(`${test.fullName}: ${result.note ?? 'no reason given'}`);
        else {
          failedHere = true;
          counts.failed.push(`${module.relativeModuleId}: ${test.fullName}: ${result.errors?.[0]?.message ?? 'not finished'}`.replaceAll('\n', ' ').slice(0, 400));
        }
      }
      // A file that cannot be loaded, or a hook that throws, fails without a failed test.
      if (!failedHere && module.state() === 'failed') counts.failed.push(`${module.relativeModuleId}: ${module.errors()[0]?.message ?? 'could not be loaded'}`.slice(0, 400));
    }
    writeFileSync(process.env.COUNTS_FILE, JSON.stringify(counts));
  }
}
