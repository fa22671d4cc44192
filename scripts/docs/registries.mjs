/**
 * The entries of the registries (names from the compiled package, in its order) and one sentence on each, which is the first of
 *
 *   1. the TSDoc of the registry's own line,
 *   2. the TSDoc of what that line names or calls: the factory, the object, the class,
 *   3. the header of the file in which that stands.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { SetupFailure } from '../setup/failure.mjs';
import { root } from '../setup/run.mjs';

/** `wanted` maps a key to the name of an export of lib/index.ts; the result has { name, description } lists by key. */
export async function readRegistries(wanted) {
  const library = await import(pathToFileURL(path.join(root, 'dist', 'index.js')).href);
  const settings = ts.getParsedCommandLineOfConfigFile(
    path.join(root, 'tsconfig.json'),
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic() {} },
  );
  const index = path.join(root, 'lib', 'index.ts');
  const checker = ts.createProgram([index], settings.options);
  const exported = exportsOf(checker, index);
  const describe = describer(checker.getTypeChecker());
  const entries = Object.entries(wanted).map(([key, exportName]) => {
    const symbol = exported.get(exportName);
    if (symbol === undefined || library[exportName] === undefined) {
      throw new SetupFailure(`lib/index.ts exports no registry '${exportName}'.`);
    }
    const names = Object.keys(library[exportName]);
    return [key, names.map((name) => ({ name, description: describe(symbol, name) ?? refuse(exportName, name) }))];
  });
  return Object.fromEntries(entries);
}

function refuse(registry, name) {
  throw new SetupFailure(
    `'${name}' of '${registry}' has no description: write a TSDoc comment on what its registry line names.`,
  );
}

function exportsOf(program, file) {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file));
  const resolved = (symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
  return new Map(checker.getExportsOfModule(module).map((symbol) => [symbol.name, resolved(symbol)]));
}

function describer(checker) {
  const resolved = (symbol) =>
    symbol !== undefined && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const documented = (symbol) => firstSentence(ts.displayPartsToString(symbol?.getDocumentationComment(checker) ?? []));

  /** What a registry line names: `name`, `key: name`, `key: name(options)` or `key: (parts) => name(parts)`. */
  const namedBy = (property) => {
    if (ts.isShorthandPropertyAssignment(property)) return resolved(checker.getShorthandAssignmentValueSymbol(property));
    if (!ts.isPropertyAssignment(property)) return undefined;
    let value = property.initializer;
    for (;;) {
      if (ts.isArrowFunction(value)) value = value.body;
      else if (ts.isCallExpression(value)) value = value.expression;
      else if (ts.isParenthesizedExpression(value) || ts.isAsExpression(value) || ts.isSatisfiesExpression(value))
        value = value.expression;
      else break;
    }
    return ts.isIdentifier(value) || ts.isPropertyAccessExpression(value)
      ? resolved(checker.getSymbolAtLocation(value))
      : undefined;
  };

  return (registry, name) => {
    const type = checker.getTypeOfSymbol(registry);
    const property = checker.getPropertyOfType(type, name);
    const line = property?.declarations?.[0];
    if (line === undefined) return undefined;
    const target = namedBy(line);
    return documented(property) ?? documented(target) ?? headerSentence(target?.declarations?.[0]);
  };
}

/** The comment at the top of the file of `declaration`. */
function headerSentence(declaration) {
  if (declaration === undefined) return undefined;
  const text = declaration.getSourceFile().text;
  const comment = ts.getLeadingCommentRanges(text, 0)?.[0];
  if (comment === undefined || comment.kind !== ts.SyntaxKind.MultiLineCommentTrivia) return undefined;
  return firstSentence(text.slice(comment.pos + 2, comment.end - 2).replace(/^[ \t]*\*+ ?/gm, ''));
}

/**
 * To the first full stop before a capital letter. A sentence that goes on in a displayed formula ends at its colon, the last
 * one when it leads to the formula, otherwise the first.
 */
export function firstSentence(text) {
  const paragraph = text
    .trim()
    .split(/\n\s*\n/)[0]
    .replace(/\s+/g, ' ')
    .trim();
  const sentence = /^.*?(?<!\b(?:al|cf|vs|e\.g|i\.e))[.!?](?=$|\s+([A-Z"`'(]|arXiv|doi))/.exec(paragraph)?.[0];
  if (sentence !== undefined) return sentence.replace(/\.$/, '');
  const clause = paragraph.endsWith(':') ? paragraph.slice(0, -1) : paragraph.split(': ')[0].replace(/,$/, '');
  return clause === '' ? undefined : clause;
}
