/** The style of a page: light, dark as the reader's system says, and paper. Colors of series differ in lightness too. */
const LIGHT = `--ink:#1b2430;--soft:#566473;--line:#dde3ea;--grid:#e9edf2;--paper:#fff;--wash:#f4f6f9;--accent:#1f5fbf;
--c0:#2563b0;--c1:#c2500c;--c2:#1a7f4b;--c3:#8b3fa8;--c4:#8a6100;--c5:#0b7285;--c6:#b81f66;--c7:#5b6672;color-scheme:light`;
const DARK = `--ink:#e6ebf1;--soft:#a3b0be;--line:#323c48;--grid:#2a333d;--paper:#161c23;--wash:#0f1419;--accent:#7ab6ff;
--c0:#6aaefc;--c1:#ff9d5c;--c2:#5fd093;--c3:#d394ee;--c4:#e3bd4a;--c5:#54cfe0;--c6:#ff8abb;--c7:#b3bdc8;color-scheme:dark`;

export const STYLE = `
:root{${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
@media print{:root{${LIGHT};--wash:#fff}}
*{box-sizing:border-box}
body{margin:0;background:var(--wash);color:var(--ink);font:15px/1.5 system-ui,'Segoe UI','DejaVu Sans',sans-serif}
main{max-width:1000px;margin:0 auto;padding:28px 24px 72px}
h1{font-size:27px;line-height:1.25;margin:0 0 6px}
h2{font-size:20px;margin:36px 0 12px;padding-top:12px;border-top:1px solid var(--line)}
h3{font-size:16px;margin:0}
p{margin:4px 0;max-width:820px}
.lead,figcaption p{color:var(--soft)}
nav{margin:14px 0 0}
nav a{margin-right:16px}
a{color:var(--accent)}
code,pre{font:13.5px/1.5 ui-monospace,'DejaVu Sans Mono',monospace}
pre{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:12px 16px;overflow-x:auto}
figure{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:14px 18px;margin:0 0 18px}
figcaption{margin-bottom:8px}
.chart{display:block;max-width:100%;height:auto}
.chart text{fill:var(--soft);font-size:12px}
.chart .label{fill:var(--ink);font-size:13px}
.chart .grid{stroke:var(--grid);stroke-width:1}
.chart .frame{stroke:var(--soft);stroke-width:1;fill:none}
.chart .guide{stroke:var(--soft);stroke-width:1;stroke-dasharray:4 4;fill:none}
.chart path.mark{stroke-linejoin:round}
.chart .points{stroke-opacity:.75}
.chart:has(.series:hover) .series:not(:hover){opacity:.25}
.chart text.on{fill:var(--paper)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.views>label{display:inline-block;font-size:13.5px;margin:0 16px 8px 4px;color:var(--soft);cursor:pointer}
.views>input:checked+label{color:var(--ink);font-weight:600}
.panels>div{display:none}
.v0:checked~.panels>.p0,.v1:checked~.panels>.p1,.v2:checked~.panels>.p2{display:block}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 20px;margin:8px 0 0;padding:0;font-size:13.5px}
.legend li{display:flex;align-items:center;gap:7px}
details{margin-top:10px}
summary{cursor:pointer;color:var(--soft);font-size:13.5px}
.table{overflow:auto;max-height:560px;margin:8px 0 14px}
.table table{border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums;background:var(--paper)}
.table th,.table td{padding:4px 12px;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
.table thead th{color:var(--soft);font-weight:600;position:sticky;top:0;background:var(--paper);overflow-wrap:normal}
.pairs{max-height:none}
.table.pairs tr>:first-child{min-width:0}
.pairs th{font-weight:500;color:var(--soft);white-space:nowrap}
.table .number{text-align:right;white-space:nowrap}
.table thead .number{white-space:normal}
.table tr>:first-child:not(.number){min-width:11em}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(380px,1fr));gap:18px;align-items:start}
.two figure{margin:0 0 18px;min-width:0}
.pictures{list-style:none;display:flex;flex-wrap:wrap;gap:12px;margin:8px 0;padding:0}
.pictures li{max-width:96px;overflow-wrap:anywhere;text-align:center;display:flex;flex-direction:column;align-items:center;gap:2px;font-size:12px;color:var(--soft)}
.pictures img{image-rendering:pixelated;border:1px solid var(--line)}
@media (max-width:860px){main{padding:18px 12px 48px}.two{grid-template-columns:minmax(0,1fr)}}
@media screen and (max-width:560px){figure{padding:12px;overflow-x:auto}.chart[width="760"]{max-width:none;width:600px}#coefficients .chart{max-width:none}
.views>label{font-size:12px;margin:0 8px 8px 2px}.views>input{margin:3px 2px}
.table th,.table td{padding:4px 8px;overflow-wrap:break-word}.table tr>:first-child:not(.number){min-width:6em}}
@media print{body{font-size:12px}main{max-width:none;padding:0}figure,tr,li,pre,.pairs{break-inside:avoid}.two{grid-template-columns:1fr 1fr;gap:12px}h2,h3{break-after:avoid}
nav,.views>input,.views>label:not(input:checked+label),details:not([open]){display:none}.table{max-height:none;overflow:visible}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
