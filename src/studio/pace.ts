/** How long each kind of unit took so far, and so how long the rest will take. */

export interface Paced {
  kind: string;
  /** In whatever the kind counts: questions, steps. */
  size: number;
}

export class Pace {
  private readonly measured = new Map<string, { milliseconds: number; size: number }>();

  record({ kind, size }: Paced, milliseconds: number): void {
    const known = this.measured.get(kind) ?? { milliseconds: 0, size: 0 };
    // Older units count half as much each time: the first ones compile pipelines and are slow.
    this.measured.set(kind, { milliseconds: known.milliseconds / 2 + milliseconds, size: known.size / 2 + size });
  }

  /** Seconds for the units given, those of a kind never measured left out; undefined while none was measured. */
  secondsFor(units: readonly Paced[]): number | undefined {
    let seconds: number | undefined;
    for (const { kind, size } of units) {
      const known = this.measured.get(kind);
      if (known && known.size > 0) seconds = (seconds ?? 0) + (size * known.milliseconds) / known.size / 1000;
    }
    return seconds;
  }
}
