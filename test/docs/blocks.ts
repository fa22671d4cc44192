/**
 * The code blocks of a page of Markdown, and how they become programs: a block is a module that may use what the blocks above it have
 * declared, as a reader does who pastes one after the other into a file.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

export const root = path.resolve(import.meta.dirname, '..', '..');

/** README and the pages of docs, relative to the root. */
export const pages: readonly string[] = [
  'README.md',
  ...readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** What is run; the others (`text`, `json`, ...) are looked at only. */
const runnable = ['js', 'ts', 'sh'];

export interface Block {
  readonly language: string;
  readonly code: string;
  /** What its first line says instead of having it run: `// not run: REASON`, or with `#`. */
  readonly notRun: string | null;
  /** Its modules' file without extension. */
  readonly name: string;
}

export function textOf(page: string): string {
  return readFileSync(path.join(root, page), 'utf8');
}

export function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map(([, info, code], k) => ({
    language: info!,
    code: code!,
    notRun: /^(?:\/\/|#) not run: (.*)\n/.exec(code!)?.[1] ?? null,
    name: `block-${k + 1}`,
  }));
}

export function programsOf(text: string): Block[] {
  return blocksOf(text).filter(({ language, notRun }) => runnable.includes(language) && notRun === null);
}

/** Lines of blocks that are set off by four blanks alone, and would be run if they were fenced. */
export function unfenced(text: string): string[] {
  const outside = text.replaceAll(/^```[^\n]*\n.*?^```$/gms, '');
  return outside
    .split('\n')
    .filter((line) => /^ {4}(\$ |npx |npm |node |planesearch |import |const |await |train\()/.test(line));
}

/** What a comment behind a `console.log` says that it prints; `...` stands for anything. */
export function promised(code: string): RegExp[] {
  return [...code.matchAll(/console\.log\(.*\);? \/\/ (.*)$/gm)].map(([, text]) => {
    const parts = text!.split('...').map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`, 'm');
  });
}

/** The blocks of JavaScript and TypeScript as modules that import from one another. */
export function linked(blocks: readonly Block[]): { readonly block: Block; readonly code: string }[] {
  const known = new Map<string, string>();
  return blocks
    .filter(({ language }) => language !== 'sh')
    .map((block) => {
      const own = declared(block.code);
      const words = new Set(block.code.match(/[\w$]+/g));
      const imports = [...known]
        .filter(([name]) => words.has(name) && !own.values.includes(name) && !own.types.includes(name))
        .map(([name, from]) => `import { ${name} } from './${from}.mjs';\n`);
      for (const name of own.values) known.set(name, block.name);
      return { block, code: `${imports.join('')}${block.code}\nexport { ${own.values.join(', ')} };\n` };
    });
}

/** Names that a module declares or imports on its top level. */
function declared(code: string): { readonly values: readonly string[]; readonly types: readonly string[] } {
  const values: string[] = [];
  const types: string[] = [];
  const bind = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) values.push(name.text);
    else for (const element of name.elements) if (ts.isBindingElement(element)) bind(element.name);
  };
  for (const statement of ts.createSourceFile('block.ts', code, ts.ScriptTarget.Latest).statements) {
    if (ts.isVariableStatement(statement)) for (const { name } of statement.declarationList.declarations) bind(name);
    else if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) values.push(statement.name!.text);
    else if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) types.push(statement.name.text);
    else if (ts.isImportDeclaration(statement)) {
      const { importClause } = statement;
      if (importClause?.name) values.push(importClause.name.text);
      const bindings = importClause?.namedBindings;
      if (bindings && ts.isNamespaceImport(bindings)) values.push(bindings.name.text);
      if (bindings && ts.isNamedImports(bindings))
        for (const { isTypeOnly, name } of bindings.elements)
          (isTypeOnly || importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword ? types : values).push(name.text);
    }
  }
  return { values, types };
}

export function javascriptOf({ language, code }: { readonly language: string; readonly code: string }): string {
  if (language === 'js') return code;
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
  return ts.transpileModule(code, { compilerOptions }).outputText;
}
