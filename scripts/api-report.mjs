#!/usr/bin/env node
/**
 * `npm run api`: writes `etc/api-report.md`, every public name with its declaration, so that a change of the public surface shows in a diff and
 * is meant. `--check` compares instead (`npm run check` does). Types that are named in a public declaration without being exported come
 * second: they can change what users see as well. CONTRIBUTING.md says what may change when.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { SetupFailure } from './setup/failure.mjs';
import { root } from './setup/run.mjs';
import { runScript, setUp } from './setup/steps.mjs';

const report = path.join(root, 'etc', 'api-report.md');
const dist = path.join(root, 'dist');

/** Declarations without comments; private members say nothing to users. */
function surface(entry) {
  const program = ts.createProgram([path.join(dist, entry)], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    types: ['node'],
    typeRoots: [path.join(root, 'node_modules', '@types')],
  });
  const checker = program.getTypeChecker();
  const resolved = (symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
  const own = (symbol) =>
    (symbol.declarations ?? []).filter((declaration) => declaration.getSourceFile().fileName.startsWith(dist));
  const module = checker.getSymbolAtLocation(program.getSourceFile(path.join(dist, entry)));
  const exported = new Map(checker.getExportsOfModule(module).map((symbol) => [resolved(symbol), symbol.name]));
  const named = new Map();
  const queue = [...exported.keys()];
  const visit = (node) => {
    if (ts.isIdentifier(node)) {
      const found = checker.getSymbolAtLocation(node);
      const symbol = found && resolved(found);
      const isType = symbol && symbol.flags & (ts.SymbolFlags.Type | ts.SymbolFlags.Class | ts.SymbolFlags.Alias);
      const isParameter = symbol && symbol.flags & ts.SymbolFlags.TypeParameter;
      if (isType && !isParameter && own(symbol).length > 0 && !exported.has(symbol) && !named.has(symbol)) {
        named.set(symbol, symbol.name);
        queue.push(symbol);
      }
    }
    ts.forEachChild(node, visit);
  };
  for (let symbol = queue.shift(); symbol; symbol = queue.shift()) for (const declaration of own(symbol)) visit(declaration);
  return { exported: textOf(exported, own), named: textOf(named, own) };
}

const printer = ts.createPrinter({ removeComments: true });

function withoutPrivates(node) {
  if (!ts.isClassDeclaration(node)) return node;
  const hidden = (member) =>
    (member.name && ts.isPrivateIdentifier(member.name)) ||
    ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected);
  const members = node.members.filter((member) => !hidden(member));
  return ts.factory.updateClassDeclaration(
    node,
    node.modifiers,
    node.name,
    node.typeParameters,
    node.heritageClauses,
    members,
  );
}

function textOf(symbols, own) {
  const print = (declaration) => {
    // A constant is declared by the statement around its name.
    const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
    return printer.printNode(ts.EmitHint.Unspecified, withoutPrivates(node), declaration.getSourceFile());
  };
  const texts = [...symbols].map(([symbol, name]) => [name, [...new Set(own(symbol).map(print))].join('\n')]);
  return texts
    .sort(([a, left], [b, right]) => (a < b ? -1 : a > b ? 1 : left < right ? -1 : 1))
    .map(([name, text]) => `### ${name}\n\n\`\`\`text\n${text}\n\`\`\`\n`)
    .join('\n');
}

/** Declarations that an entry before has word for word, by their names alone. */
function withoutKnown(text, known) {
  const declarations = text.split(/^(?=### )/m);
  const again = declarations.filter((declaration) => known.has(declaration.trim()));
  const fresh = declarations.filter((declaration) => !known.has(declaration.trim()));
  for (const declaration of fresh) known.add(declaration.trim());
  const names = again.map((declaration) => /^### (.+)/.exec(declaration)?.[1]);
  return `${names.length > 0 ? `As above: ${names.join(', ')}\n\n` : ''}${fresh.join('')}`;
}

/** Every entry of `exports` with types. */
function makeReport() {
  const { exports: entries } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const parts = Object.entries(entries).filter(([, target]) => target.types);
  const known = new Set(['']);
  const sections = parts.map(([name, { types }]) => {
    const { exported, named } = surface(path.relative('dist', types));
    const title = path.posix.join('planesearch', name);
    const [own, others] = [withoutKnown(exported, known), withoutKnown(named, known)];
    return `## ${title}\n\n${own}\n## ${title}: named there, not exported\n\n${others}`;
  });
  return `# The public surface\n\nMade by \`npm run api\`; do not edit. A change here is a change for users.\n\n${sections.join('\n')}`;
}

await runScript(async () => {
  await setUp();
  const text = makeReport();
  if (!process.argv.includes('--check')) return writeFileSync(report, text);
  if (readFileSync(report, 'utf8') !== text) {
    throw new SetupFailure('etc/api-report.md is not what the code exports: run `npm run api`, and look at what changed.');
  }
});
