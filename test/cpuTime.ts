// How long this process has worked: what a bound on speed is held to, since the clock on the wall also counts what else the machine does.

/** Milliseconds of processor time this process has used so far, over all its threads. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
