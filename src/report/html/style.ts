// How a report looks: system fonts, one accent for what goes, light, dark and paper. No rule names anything to load.

export const STYLE = `
:root{color-scheme:light dark;--paper:#fbfaf8;--card:#fff;--ink:#1f2328;--soft:#5b636c;--line:#e3e0da;--goes:#b3401f;--goes-soft:#fbe9e2;--stays:#dfe4e6;--stays-line:#fbfaf8;--good:#2c6e49}
@media (prefers-color-scheme:dark){:root{--paper:#15181b;--card:#1c2024;--ink:#e6e4df;--soft:#9aa3ab;--line:#30363c;--goes:#f08a62;--goes-soft:#3a241b;--stays:#384149;--stays-line:#15181b;--good:#7cc49a}}
*{box-sizing:border-box}
body{margin:0;overflow-wrap:anywhere;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;-webkit-text-size-adjust:100%}
main,header,footer{max-width:72rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:2.75rem}
h1{font-size:1.9rem;line-height:1.2;font-weight:650;letter-spacing:-.015em;margin:0 0 .35rem;overflow-wrap:anywhere}
h2{font-size:1.15rem;font-weight:650;margin:0 0 .75rem}
h3{font-size:1rem;font-weight:600;margin:1.25rem 0 .35rem;overflow-wrap:anywhere}
p{margin:.35rem 0;max-width:46rem}
section{margin:2.5rem 0}
code,.name,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875em}
.name,code{overflow-wrap:anywhere}
.soft,figcaption,footer{color:var(--soft)}
.badge{display:inline-block;border:1px solid var(--line);border-radius:1rem;padding:.05rem .7rem;font-size:.85rem;background:var(--card);margin:0 .3rem .3rem 0}
.badge.goes{border-color:var(--goes);color:var(--goes)}
.badge.good{border-color:var(--good);color:var(--good)}
pre{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.7rem .9rem;margin:.9rem 0;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:1px;background:var(--line);border:1px solid var(--line);border-radius:.6rem;overflow:hidden;margin:0}
.figures div{background:var(--card);padding:.9rem 1.1rem}
.figures dt{color:var(--soft);font-size:.85rem}
.figures dd{margin:0;font-size:1.45rem;font-weight:600;letter-spacing:-.01em;font-variant-numeric:tabular-nums}
.figures .goes dd{color:var(--goes)}
.box{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:.6rem;max-width:100%}
.box:focus-visible,input:focus-visible,a:focus-visible{outline:2px solid var(--goes);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{overflow-wrap:normal;text-align:left;vertical-align:baseline;padding:.42rem .9rem;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--soft);font-weight:500;font-size:.82rem;white-space:nowrap}
tbody th[scope=rowgroup]{padding-top:.8rem;background:var(--goes-soft)}
tbody th[scope=rowgroup] .soft{font-weight:400;padding-left:.6rem}
td.number,th.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
td .name{min-width:12rem;display:inline-block}
label{display:block;font-size:.85rem;color:var(--soft)}
input{font:inherit;width:100%;max-width:26rem;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.45rem .75rem;margin:.15rem 0 .75rem}
[hidden]{display:none!important}
figure{margin:0}
svg{display:block;width:100%;height:auto}
svg.narrow{display:none}
svg text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-size:12px;fill:var(--ink);pointer-events:none}
svg .group>text{font-weight:600}
svg .frame{fill:var(--card);stroke:var(--line)}
svg .stays{fill:var(--stays)}
svg .goes{fill:var(--goes)}
svg .on-goes{fill:var(--paper)}
svg g{outline:none}
svg g:focus-visible>rect:first-of-type{stroke:var(--ink);stroke-width:2.5}
#pointed{min-height:3.1em;margin:.5rem 0}
.key{display:inline-block;width:.8em;height:.8em;border-radius:2px;vertical-align:-.05em;margin:0 .35em 0 0;background:var(--stays)}
.key.goes{background:var(--goes);margin-left:1.1em}
details{margin:.5rem 0}summary{cursor:pointer}
ul{padding-left:1.2rem;margin:.35rem 0}li{overflow-wrap:anywhere}
footer{padding-bottom:3rem;font-size:.85rem}
@media (max-width:640px){main,header,footer{padding-left:1rem;padding-right:1rem}header{padding-top:1.6rem}h1{font-size:1.5rem}svg.wide{display:none}svg.narrow{display:block}th,td{padding:.4rem .6rem}.figures{grid-template-columns:1fr 1fr}.figures dd{font-size:1.2rem}}
@media print{:root{color-scheme:light;--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--goes:#b3401f;--goes-soft:#fff;--stays:#ddd;--stays-line:#fff}body{font-size:10pt}.filter,#pointed{display:none}.box{overflow:visible;border:0}tr,svg{break-inside:avoid}thead{display:table-header-group}*{print-color-adjust:exact}}
`;
