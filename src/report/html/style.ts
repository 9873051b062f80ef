// How a report looks: system fonts, one accent for what goes, light, dark and paper. No rule names anything to load, nothing
// moves, and colours keep 4.5 to 1 for text and 3 to 1 for fields and borders of controls.

const COLOURS = `
:root{color-scheme:light dark;--paper:#fbfaf8;--card:#fff;--ink:#1f2328;--soft:#57606a;--line:#e0ddd6;--edge:#84909a;--goes:#b3401f;--goes-soft:#fdf1ec;--group:#f5f3ef;--on-goes:#fff;--stays:#e6ebed;--good:#256642;--bad:#a8201a}
@media (prefers-color-scheme:dark){:root{--paper:#15181b;--card:#1c2024;--ink:#e6e4df;--soft:#a3abb3;--line:#31373d;--edge:#717c86;--goes:#f08a62;--goes-soft:#2b211d;--group:#23282d;--on-goes:#1a0f0a;--stays:#2e363c;--good:#7cc49a;--bad:#ff9a91}}
`;

const TEXT = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;overflow-wrap:anywhere;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main,header,footer{max-width:72rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:2.5rem}
h1{font-size:1.15rem;line-height:1.3;font-weight:650;margin:0}
h2{font-size:1.2rem;line-height:1.3;font-weight:650;margin:0 0 .8rem;scroll-margin-top:1rem}
h3{font-size:1rem;font-weight:600;margin:0 0 .25rem}
p{margin:.3rem 0;max-width:46rem}
section{margin:2.75rem 0;scroll-margin-top:1rem}
header+main>section:first-child{margin-top:1.25rem}
code,.name,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875em}
.name{unicode-bidi:isolate}
.soft,footer{color:var(--soft)}
h3 .soft,th .soft{font-weight:400}
.lead{font-size:2rem;line-height:1.2;font-weight:680;letter-spacing:-.02em;max-width:none;margin:0 0 1rem}
.state{display:inline-block;border:1px solid var(--edge);border-radius:1rem;padding:.05rem .75rem;font-size:.875rem;font-weight:550;background:var(--card);margin:.5rem 0 0}
.state.good{border-color:var(--good);color:var(--good)}
.state.bad{border-color:var(--bad);color:var(--bad)}
pre{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.7rem .9rem;margin:.4rem 0;white-space:pre-wrap}
nav{display:flex;flex-wrap:wrap;gap:.35rem 1.4rem;border-top:1px solid var(--line);border-bottom:1px solid var(--line);padding:.55rem 0}
a{color:var(--ink);text-decoration-color:var(--edge);text-underline-offset:.2em}
a:hover{text-decoration-color:currentColor}
ul{padding-left:1.2rem;margin:.35rem 0}
.remarks{margin:1rem 0 0}
.card{background:var(--card);border:1px solid var(--line);border-left:3px solid var(--edge);border-radius:.4rem;padding:.75rem 1rem;margin:.6rem 0}
.card.bad{border-left-color:var(--bad)}
details{margin:.8rem 0}
summary{cursor:pointer}
footer{padding-bottom:3rem;font-size:.875rem}
[hidden]{display:none!important}
:focus-visible{outline:2px solid var(--ink);outline-offset:2px;border-radius:2px}
`;

const FIGURES = `
.figures{display:flex;flex-wrap:wrap;gap:.9rem 2.6rem;margin:1rem 0 0}
.figures dt{color:var(--soft);font-size:.875rem}
.figures dd{margin:0;font-size:1.35rem;line-height:1.3;font-weight:600;font-variant-numeric:tabular-nums}
.figures .goes dd{color:var(--goes)}
.figures .good dd{color:var(--good)}
.figures .bad dd{color:var(--bad)}
.bar{display:block;width:100%;height:.75rem;border-radius:.4rem;outline:1px solid var(--edge);outline-offset:-1px}
`;

const MAP = `
figure{margin:0}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;fill:var(--ink);pointer-events:none}
svg.map{display:none;width:100%;height:auto}
svg.wide{display:block}
svg .title{font-weight:600}
svg .size{font-weight:400;fill:var(--soft)}
svg .on-goes{fill:var(--on-goes)}
svg .frame{fill:var(--card)}
svg .stays{fill:var(--stays)}
svg.map .stays{stroke:var(--edge)}
svg .goes{fill:var(--goes)}
.back .goes,.key.back{--goes:var(--good)}
svg g{cursor:default}
svg g:focus-visible{outline:none}
svg .ring{fill:none;pointer-events:none}
svg:hover .ring{stroke:var(--ink);stroke-width:1.5}
svg:focus-within .ring{stroke:var(--ink);stroke-width:3}
.legend{margin:0 0 .6rem}
.key{display:inline-block;width:.85em;height:.85em;border-radius:2px;vertical-align:-.06em;margin:0 .4em 0 0;border:1px solid var(--edge);background:var(--stays)}
.key.goes{background:var(--goes);border-color:var(--goes);margin-left:1.4em}
#pointed{min-height:3.1em;margin:.6rem 0 0}
@media (max-width:1000px){svg.wide{display:none}svg.middle{display:block}}
@media (max-width:560px){svg.middle{display:none}svg.narrow{display:block}}
`;

const TABLES = `
.box{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:.6rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:baseline;padding:.4rem .9rem;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--soft);font-weight:500;font-size:.85rem;white-space:nowrap}
tbody th[scope=rowgroup],th[scope=rowgroup]+td{background:var(--group);padding-top:.7rem;font-weight:600}
#removals th[scope=rowgroup],#removals th[scope=rowgroup]+td{background:var(--goes-soft)}
td>.name{display:inline-block;min-width:11rem}
td.number,th.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.none,.tail td{color:var(--soft)}
.mark{color:var(--goes);font-weight:600}
.dot{display:inline-block;width:.6em;height:.6em;border-radius:50%;margin-right:.5em;background:var(--edge)}
.dot.bad{background:var(--bad)}
.dot.goes{background:var(--goes)}
.dot.good{background:var(--good)}
.filter{margin:0 0 .8rem}
label{display:block;font-size:.875rem;color:var(--soft)}
input{font:inherit;width:100%;max-width:26rem;color:inherit;background:var(--card);border:1px solid var(--edge);border-radius:.5rem;padding:.4rem .75rem;margin:.15rem .8rem 0 0}
output{color:var(--soft)}
button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--edge);border-radius:.5rem;padding:.25rem .8rem;margin:0 .3rem;cursor:pointer}
button:hover{border-color:var(--ink)}
.further{margin:.8rem 0;color:var(--soft);max-width:none}
.out,.later{display:none}
`;

/** A phone is too narrow for columns: a row stands as a block, what it is about first. */
const PHONE = `
@media screen and (max-width:640px){
main,header,footer{padding-left:1rem;padding-right:1rem}
header{padding-top:1.4rem}
.lead{font-size:1.6rem}
.figures{display:grid;grid-template-columns:1fr 1fr;gap:.7rem 1rem}
table:not(.out),tbody:not(.out,.later),thead{display:block}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tr:not(.out,.later){display:grid;grid-template-columns:1fr 1fr;gap:.1rem 1rem;border-top:1px solid var(--line);padding:.55rem .9rem}
tbody:first-of-type tr:first-child{border-top:0}
th,td{display:block;border:0;padding:0!important;min-width:0}
td:first-child,th[scope=rowgroup],.tail td{grid-column:1/-1}
tr:has(>th[scope=rowgroup]){background:var(--group);grid-template-columns:1fr auto}
#removals tr:has(>th[scope=rowgroup]){background:var(--goes-soft)}
td>.name{display:inline;min-width:0}
td:empty{display:none}
tr:has(>th[scope=rowgroup]+td)>th{grid-column:1}
tbody th[scope=rowgroup] .note{display:block}
td:not(:first-child)[data-label]::before{content:attr(data-label) " ";color:var(--soft)}
td.number{text-align:left}
#removals tr:not(:has(th)),#judged tr:not(:has(th)),.reasons tr:not(:has(th)){grid-template-columns:auto 1fr auto}
#removals td:nth-child(n),#judged td:nth-child(n),.reasons td:nth-child(n){grid-column:auto}
#removals td:nth-child(1),#judged td:nth-child(1){color:var(--soft)}
#removals td::before,#judged td::before{content:none!important}
#removals td:nth-child(3),.reasons td:nth-child(3),#judged td:nth-child(3){grid-column:1/-1;order:1;color:var(--soft)}
#removals tr.tail td:nth-child(n),#judged tr.tail td:nth-child(n){grid-column:1/-1}
#removals td.number,.reasons td.number:last-child{text-align:right}
}
`;

const PAPER = `
@media print{
:root{color-scheme:light;--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--edge:#777;--goes:#b3401f;--goes-soft:#f6f1ee;--group:#f3f3f3;--on-goes:#fff;--stays:#e6ebed;--good:#256642;--bad:#a8201a}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{font-size:10pt}
main,header,footer{padding:0;max-width:none}
.filter,.further,nav,.keys,#pointed,.ring{display:none!important}
svg.map{display:none}svg.middle{display:block}
.box{overflow:visible;border:0}
tr,svg,.card{break-inside:avoid}
h2,h3,tr:has(>th[scope=rowgroup]){break-after:avoid}
thead{display:table-header-group}
tr.out,tr.later{display:table-row}
tbody.out,tbody.later{display:table-row-group}
details::details-content{content-visibility:visible;height:auto}
}
`;

export const STYLE = [COLOURS, TEXT, FIGURES, MAP, TABLES, PHONE, PAPER].join('').replaceAll('\n', '');
