/** An import as the store keeps it. */
import { now } from '../../../core/clock';
import { hashText } from '../../../core/hash';
import type { ImportedDataset } from '../../../data/importDataset';
import type { Dataset, QuestionRow } from '../../../store/types';

/** The dataset's id comes from its content, so that importing the same rows again keeps one copy. */
export function keptDataset(name: string, imported: ImportedDataset): { dataset: Dataset; questions: QuestionRow[] } {
  const id = `data-${hashText(JSON.stringify(imported.rows))}`;
  const dataset: Dataset = {
    id,
    name,
    createdAt: now(),
    format: imported.format,
    rows: imported.rows.length,
    skippedRows: imported.skipped,
  };
  const questions = imported.rows.map((row, position) => ({ ...row, key: `${id}/${row.id}`, datasetId: id, position }));
  return { dataset, questions };
}
