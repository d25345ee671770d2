/**
 * Colours that stay apart for the colour-blind too (after Okabe and Ito, darkened or lightened to 3:1 and more on their
 * ground), each with a shape of its own.
 */
export const STYLE = `
:root{color-scheme:light dark;--ground:#fbfaf8;--card:#fff;--ink:#1d2125;--dim:#5b636b;--edge:#dcdad5;--grid:#e7e5e0;--even:#7a8087;
--c0:#0068a8;--c1:#c24a00;--c2:#00795a;--c3:#9a4a93;--c4:#8a6a00;--c5:#4f5b93;--accent:#0068a8}
@media(prefers-color-scheme:dark){:root{--ground:#14171a;--card:#1c2024;--ink:#e9ebed;--dim:#a0a8b0;--edge:#343a40;--grid:#2b3036;--even:#8b939b;
--c0:#5bb8f0;--c1:#ff9558;--c2:#3ecf9c;--c3:#e59dd2;--c4:#e6c44d;--c5:#a9b4f0;--accent:#5bb8f0}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:1120px;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .4rem;letter-spacing:-.01em}
h2{font-size:1.3rem;margin:3rem 0 .35rem}
h3{font-size:1rem;margin:0 0 .1rem}
p{margin:.35rem 0;max-width:46rem}
.dim{color:var(--dim)}
.lede{font-size:1.05rem}
.grid2,.grid3{display:grid;gap:1.1rem;margin-top:1.1rem}
.grid2{grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr))}
.grid3{grid-template-columns:repeat(auto-fit,minmax(min(100%,17rem),1fr))}
.card{background:var(--card);border:1px solid var(--edge);border-radius:12px;padding:1.1rem 1.2rem;min-width:0}
.card p{font-size:.92rem}
.card .pick{font-size:1.55rem;font-weight:650;line-height:1.2;margin:.1rem 0 .5rem}
.balanced{border-color:var(--accent);border-width:2px}
.what{color:var(--dim);font-size:.85rem;font-weight:600;margin:0}
pre{margin:.8rem 0 0;padding:.7rem .85rem;border-radius:8px;background:var(--ground);border:1px solid var(--edge);font:13px/1.55 ui-monospace,monospace;overflow-x:auto}
.notes{border-left:4px solid var(--c1);padding:.1rem 0 .1rem 1rem;margin:1.4rem 0}
.notes p{margin:.25rem 0}
svg{display:block;width:100%;height:auto;margin-top:.5rem}
svg text{font:12px system-ui,sans-serif;fill:var(--ink)}
svg .dim{fill:var(--dim)}
svg .grid{stroke:var(--grid)}
svg .even{stroke:var(--even);stroke-width:1.4;stroke-dasharray:5 4}
svg .line{fill:none;stroke-width:1.8;stroke-linejoin:round}
svg .lead{stroke-width:1;opacity:.55}
svg .mark{stroke:var(--card);stroke-width:1.2}
svg .label{font-weight:600;paint-order:stroke;stroke:var(--card);stroke-width:3px}
${[0, 1, 2, 3, 4, 5].map(n => `.mark.c${n},.label.c${n}{fill:var(--c${n})}.line.c${n},.lead.c${n}{stroke:var(--c${n})}`).join('\n')}
.legend{display:flex;flex-wrap:wrap;gap:.35rem 1.2rem;list-style:none;margin:.9rem 0 0;padding:0;font-size:.92rem}
.legend li{display:flex;align-items:center;gap:.4rem}
.legend svg{width:16px;height:16px;margin:0;flex:none}
details{margin-top:.7rem}
summary{cursor:pointer;color:var(--accent);font-size:.92rem;padding:.35rem 0}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.86rem;font-variant-numeric:tabular-nums;width:100%}
th,td{text-align:right;padding:.28rem .55rem;border-bottom:1px solid var(--edge);white-space:nowrap}
th:first-child,td:first-child{text-align:left;padding-left:0}
thead th{color:var(--dim);font-weight:600}
tbody th{font-weight:600}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.2rem;margin:1rem 0 0;font-size:.92rem}
dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
@media(max-width:480px){main{padding:1.5rem 1rem 3rem}.card{padding:1rem .85rem}h1{font-size:1.6rem}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}
@media print{.card{break-inside:avoid}}`
