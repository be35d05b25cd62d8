/** Multiple choice: the letter an answer names. */

/** Enough of a response to find a letter in. */
const longest = 50_000;

/** The letter (lower case) of `B`, `(B)`, `B. Paris`, `\text{(B)}`, `Option B`; undefined for anything else. */
export function letterOf(value: string): string | undefined {
  const plain = value.slice(0, 1000).replace(/\\(?:text|textbf|mathrm|mathbf)\s*\{([^{}]*)\}/g, '$1').replace(/[$*_`]/g, '').trim();
  const match = /^(?:option|choice|answer)?\s*[:.]?\s*[([]?\s*([A-Ja-j])\s*[)\].:]?$/i.exec(plain) ?? /^[([]?([A-Ja-j])[)\].:](?=\s|\S)/.exec(plain);
  return match?.[1].toLowerCase();
}

/** The last letter a text names as its choice: after "option", "choice" or "answer is", else in brackets. */
export function choiceIn(text: string): string | undefined {
  const tail = text.slice(-longest);
  const named = [...tail.matchAll(/\b(?:option|choice|answer)(?:\s+is)?\s*:?\s*\**[([]?([A-Ja-j])(?![\w'’]| [a-z])/gi)].at(-1);
  const bracketed = [...tail.matchAll(/\(([A-J])\)/g)].at(-1);
  return (named ?? bracketed)?.[1].toLowerCase();
}
