/** Log-probabilities under weights that stay as they are: of a text, and of a reference policy's answers. */
import type { Engine } from '../gpu/device';
import { Graph, type Tensor } from '../gpu/graph';
import { attention } from '../gpu/ops/attention';
import { crossEntropyHead } from '../gpu/ops/crossEntropy';
import { Arenas, Pools, Program } from '../gpu/program';
import { createTables, modelForward } from '../model/forward';
import type { PositionTables } from '../model/pass';
import { headName } from '../model/shapes';
import type { Student, StudentShape } from '../model/types';
import { Weights } from '../model/weights';
import type { Ribbon } from './batch';

const BATCH = ['ids', 'positions', 'targets', 'spans', 'coefficients'] as const;

interface ScoreProgram {
  program: Program;
  pools: Pools;
  batch: Record<(typeof BATCH)[number], Tensor>;
  losses: Tensor;
}

export class Scorer {
  private readonly weights: Weights;
  private readonly shared: Pools;
  private readonly arenas: Arenas;
  private readonly tables: PositionTables;
  private readonly programs = new Map<number, Promise<ScoreProgram>>();

  private constructor(private readonly engine: Engine, private readonly student: StudentShape, largest: number) {
    const graph = new Graph(engine.limits);
    this.weights = new Weights(graph, student);
    this.shared = new Pools(engine);
    this.arenas = new Arenas(engine);
    this.weights.createPools(this.shared);
    this.tables = createTables(this.shared, graph, student.config, Math.min(student.config.context, largest));
  }

  /** @param largest capacity of the largest ribbon that will come, in tokens. */
  static async create(engine: Engine, student: Student, largest: number): Promise<Scorer> {
    // The largest comes first, so that the arenas never grow.
    const scorer = await Scorer.prepare(engine, student, [largest]);
    await scorer.weights.upload(scorer.shared, student.params);
    if (student.adapter) await scorer.weights.uploadAdapter(scorer.shared, student.adapter);
    return scorer;
  }

  /** Everything but the numbers, for ribbons of such capacities, the largest first. */
  static async prepare(engine: Engine, student: StudentShape, sizes: readonly number[]): Promise<Scorer> {
    const scorer = new Scorer(engine, student, sizes[0]);
    for (const size of sizes) await scorer.programOf(size);
    return scorer;
  }

  /** −log p of each position whose coefficient is not 0, in nats: [capacity], 0 elsewhere. */
  async score(ribbon: Ribbon): Promise<Float32Array> {
    const { program, pools, batch, losses } = await this.programOf(ribbon.capacity);
    for (const name of BATCH) pools.write(batch[name], ribbon[name]);
    program.run();
    const [bytes] = await program.read([losses]);
    return new Float32Array(bytes);
  }

  private programOf(capacity: number): Promise<ScoreProgram> {
    let made = this.programs.get(capacity);
    if (!made) this.programs.set(capacity, (made = this.compile(capacity)));
    return made;
  }

  private async compile(tokens: number): Promise<ScoreProgram> {
    const graph = new Graph(this.engine.limits);
    const integers = (name: string, shape: number[]) => graph.tensor(name, shape, { pool: 'batch', type: 'u32' });
    const batch = {
      ids: integers('ids', [tokens]), positions: integers('positions', [tokens]), targets: integers('targets', [tokens]),
      spans: integers('spans', [tokens, 2]), coefficients: graph.tensor('coefficients', [tokens], { pool: 'batch' }),
    };
    const pools = new Pools(this.engine, this.shared);
    pools.create('batch', Object.values(batch));
    const { config } = this.student;
    const { params } = this.weights.bind(graph);
    const { ids, positions, spans, targets, coefficients } = batch;
    const h = modelForward(graph, config, params, { ids, positions, tables: this.tables },
      (_, q, k, v, options) => attention(graph, q, k, v, spans, options));
    const { losses } = crossEntropyHead(graph, h, params.get(headName(config)) as Tensor, targets, coefficients, undefined, config.logitCap);
    return { program: await Program.compile(graph, pools, this.arenas, [losses]), pools, batch, losses };
  }

  async dispose(): Promise<void> {
    await this.engine.idle();
    for (const made of this.programs.values()) {
      const { program, pools } = await made;
      program.destroy();
      pools.destroy();
    }
    this.arenas.destroy();
    this.shared.destroy();
  }
}
