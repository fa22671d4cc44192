/** No file of 600 lines, no function of 100 (`CONTRIBUTING.md`, Manners): whoever reads one sees its end. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { root } from '../setup/run.mjs';
import { filesUnder } from '../setup/stamp.mjs';

const MOST_FILE_LINES = 599;
const MOST_FUNCTION_LINES = 99;

export async function sizes() {
  const complaints = [];
  for (const file of filesUnder('lib', 'native', 'test', 'bench', 'examples', 'scripts')) {
    if (!/\.(ts|mjs|js|h|cc)$/.test(file)) continue;
    const text = readFileSync(path.join(root, file), 'utf8');
    const lines = text.trimEnd().split('\n').length;
    if (lines > MOST_FILE_LINES) complaints.push(`${file} has ${lines} lines; at most ${MOST_FILE_LINES} are allowed.`);
    if (!/^(lib|native)\//.test(file)) continue;
    for (const { line, name, length } of /\.(h|cc)$/.test(file) ? cppFunctions(text) : tsFunctions(file, text)) {
      if (length <= MOST_FUNCTION_LINES) continue;
      complaints.push(`${file}:${line}: ${name} has ${length} lines; at most ${MOST_FUNCTION_LINES} are allowed.`);
    }
  }
  return complaints.length === 0 ? {} : { complaint: complaints.join('\n') };
}

function tsFunctions(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body !== undefined) {
      const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
      const last = source.getLineAndCharacterOfPosition(node.end).line;
      found.push({ line: first + 1, name: node.name?.getText(source) ?? 'a function', length: last - first + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/**
 * The outermost braces that are not those of a namespace, class or initializer. No parser is needed for that, only what
 * stands between the last `;`, `{` or `}` and the brace.
 */
export function cppFunctions(text) {
  const code = withoutTextAndComments(text);
  const found = [];
  const open = []; // the kinds of the braces around
  let head = 0;
  let line = 1;
  let current = null;
  for (let i = 0; i < code.length; i++) {
    const character = code[i];
    if (character === '\n') line++;
    if (character === '{') {
      const before = code.slice(head, i).trim();
      const container =
        /^(inline\s+)?(namespace|extern)\b/.test(before) || /(^|\s)(class|struct|enum|union)\b[^()]*$/.test(before);
      const kind = container ? 'container' : 'block';
      if (kind === 'block' && current === null && before.includes('(')) {
        const first = line - before.split('\n').length + 1;
        current = { depth: open.length, line: first, name: /([\w:~]+)\s*\(/.exec(before)?.[1] ?? 'a function' };
      }
      open.push(kind);
    } else if (character === '}') {
      open.pop();
      if (current !== null && open.length === current.depth) {
        found.push({ line: current.line, name: current.name, length: line - current.line + 1 });
        current = null;
      }
    }
    if (character === ';' || character === '{' || character === '}') head = i + 1;
  }
  return found;
}

/** Comments, strings, characters and preprocessor lines become blanks of the same shape. */
function withoutTextAndComments(text) {
  const blank = (match) => match.replace(/[^\n]/g, ' ');
  return text
    .replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|(?<![\da-fA-F])'(?:\\.|[^'\\\n])'/g, blank)
    .replace(/^[ \t]*#(?:.*\\\n)*.*$/gm, blank);
}
