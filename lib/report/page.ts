/** A page that opens without a network and runs nothing: its style is in it, its pictures too, and a policy forbids all else. */
import { escape } from './html.js';
import { STYLE } from './style.js';

export interface Section {
  /** Unique in the page, a word. */
  readonly id: string;
  readonly title: string;
  /** HTML. */
  readonly parts: readonly string[];
}

export interface Page {
  readonly title: string;
  /** A sentence below the title, plain text. */
  readonly lead: string;
  /** Those without parts are left out. */
  readonly sections: readonly Section[];
  /** Rules besides those of every page. */
  readonly style?: string | undefined;
}

export function pageHtml({ title, lead, sections, style = '' }: Page): string {
  const shown = sections.filter(({ parts }) => parts.length > 0);
  const links = shown.map(({ id, title: name }) => `<a href="#${id}">${escape(name)}</a>`);
  const bodies = shown.map(
    ({ id, title: name, parts }) =>
      `<section aria-labelledby="${id}">\n<h2 id="${id}">${escape(name)}</h2>\n${parts.join('\n')}\n</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}${style}</style>
</head>
<body>
<main>
<header>
<h1>${escape(title)}</h1>
<p class="lead">${escape(lead)}</p>
<nav aria-label="sections">${links.join('')}</nav>
</header>
${bodies.join('\n')}
</main>
</body>
</html>
`;
}
