/** Regular expressions that the engines of vendors compile alike. */

/** What may follow a backslash: letters that mean the same in all engines, a code point, and anything that is neither letter nor digit. */
const ESCAPE = /^(?:[dDwWsSbBnrtfv]|x[\da-fA-F]{2}|u[\da-fA-F]{4}|[^A-Za-z0-9])/;

/**
 * True for a pattern without what some engine refuses. OpenAI compiles patterns with Python ("… is not a 'regex'") and refuses lookaround ("regex lookaround is not
 * supported"). Other vendors and the grammars of llama.cpp and vLLM use engines without lookaround, named groups, backreferences and `\p{…}`, in which a bracket
 * inside a class begins another class. Linear in the pattern.
 */
export function isPortablePattern(pattern: string): boolean {
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at];
    if (char === "\\") {
      if (!ESCAPE.test(pattern.slice(at + 1, at + 6))) return false;
      at++;
    } else if (char === "[") {
      if (inClass) return false;
      inClass = true;
    } else if (char === "]") inClass = false;
    else if (!inClass && char === "(" && pattern[at + 1] === "?" && pattern[at + 2] !== ":") return false;
  }
  return compiles(pattern);
}

function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}
