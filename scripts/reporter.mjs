/** Vitest reporter that leaves a run's counts, with the reason of every skip, in the file COUNTS_FILE names. */
import { writeFileSync } from 'node:fs';

export default class CountsReporter {
  onTestRunEnd(modules, unhandled) {
    const counts = { passed: 0, failed: unhandled.length, skipped: [] };
    for (const module of modules) {
      let failedHere = 0;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') counts.passed++;
        else if (result.state === 'skipped') counts.skipped.push(`${test.fullName}: ${result.note ?? 'no reason given'}`);
        else failedHere++;
      }
      // A file that cannot be loaded, or a hook that throws, fails without a failed test.
      counts.failed += failedHere === 0 && module.state() === 'failed' ? 1 : failedHere;
    }
    writeFileSync(process.env.COUNTS_FILE, JSON.stringify(counts));
  }
}
