#include "transfer/report/report_style.h"

namespace graft {

std::string_view report_style() {
  return R"css(
:root { color-scheme: light dark; --page: #f6f6f3; --card: #fff; --ink: #1c1e21; --quiet: #667; --rule: #e2e2dc;
  --train: #c8680f; --val: #2563c9; --right: 37 99 201; --wrong: 214 90 20; --good: #1e7a46; --bad: #b3261e; --warn: #fdf3dc; }
@media (prefers-color-scheme: dark) {
  :root { --page: #15171a; --card: #1e2125; --ink: #e6e7e9; --quiet: #9aa0a8; --rule: #33373d;
    --train: #f09a4a; --val: #78a8f5; --right: 96 150 240; --wrong: 236 120 60; --good: #67c48e; --bad: #ff8a80; --warn: #3a3120; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 28px 20px 56px; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 2px; }
h2 { font-size: 1.1rem; margin: 0 0 10px; }
p { margin: 0 0 10px; }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 18px 20px; margin: 16px 0; }
.quiet { color: var(--quiet); }
.good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; }
.warning { background: var(--warn); border-radius: 8px; padding: 8px 12px; margin: 0 0 8px; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(118px, 1fr)); gap: 14px; margin-top: 16px; }
.figures b { display: block; font-size: 1.35rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
.figures span { color: var(--quiet); font-size: .85rem; }
.strip { position: relative; height: 14px; background: var(--rule); border-radius: 7px; margin: 14px 0 6px; }
.strip i { position: absolute; top: 0; bottom: 0; }
.strip .range { background: rgb(var(--right) / .35); border-radius: 4px; }
.strip .value { width: 4px; margin-left: -2px; top: -4px; bottom: -4px; background: var(--val); border-radius: 2px; }
.strip .base { width: 0; top: -4px; bottom: -4px; border-left: 2px dashed var(--quiet); }
.keys { color: var(--quiet); font-size: .85rem; }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; }
.two > section { margin: 0; min-width: 0; }
.chart { margin: 0; }
.chart figcaption { margin-bottom: 6px; }
.chart figcaption b { margin-right: 14px; }
.key { color: var(--quiet); font-size: .85rem; margin-right: 12px; white-space: nowrap; }
.key i { display: inline-block; width: 18px; border-top: 3px solid; margin: 0 6px 3px 0; vertical-align: middle; }
i.train { color: var(--train); } i.val { color: var(--val); } i.reference { border-top: 2px dashed var(--quiet); }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font: 12px system-ui, sans-serif; fill: var(--quiet); }
svg .grid { stroke: var(--rule); } svg .axis { stroke: var(--quiet); }
svg .reference { stroke: var(--quiet); stroke-width: 1.5; stroke-dasharray: 5 4; }
svg polyline { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
svg polyline.train { stroke: var(--train); } svg polyline.val { stroke: var(--val); }
svg circle.train { fill: var(--train); } svg circle.val { fill: var(--val); } svg circle.faint { opacity: 0; }
svg circle.hollow { fill: var(--card); stroke: var(--val); stroke-width: 2; }
.key i.disc { width: 9px; height: 9px; border: 2px solid var(--val); border-radius: 50%; margin: 0 6px 0 0; } .key i.val.disc { background: var(--val); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 10px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
th { font-weight: 600; font-size: .85rem; color: var(--quiet); }
th.name, td.name { text-align: left; white-space: normal; overflow-wrap: anywhere; }
td.name { min-width: 8em; width: 40%; }
th.row, td.row { text-align: left; }
.wide { width: 100%; }
.matrix td { min-width: 40px; text-align: center; border: 2px solid var(--card); border-radius: 6px; }
.matrix th { border: 0; } .matrix th.name { max-width: 16em; min-width: 6em; }
.matrix th.column { max-width: 9em; text-align: center; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.matrix .right { background: rgb(var(--right) / var(--share)); } .matrix .wrong { background: rgb(var(--wrong) / var(--share)); }
.matrix .none { color: var(--quiet); opacity: .55; }
.bar { display: inline-block; width: 90px; height: 9px; background: var(--rule); border-radius: 5px; overflow: hidden; vertical-align: middle; }
.bar i { display: block; height: 100%; background: var(--val); }
.mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(160px, 1fr)); gap: 16px; }
.mistakes figure { margin: 0; min-width: 0; }
.mistakes .picture { display: flex; align-items: center; justify-content: center; height: 150px; background: var(--page); border-radius: 8px; overflow: hidden; }
.mistakes img { max-width: 100%; max-height: 100%; }
.mistakes figcaption { font-size: .88rem; margin-top: 6px; overflow-wrap: anywhere; }
.mistakes small { color: var(--quiet); display: block; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 0; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
code { font: .88em ui-monospace, monospace; overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--quiet); padding: 6px 0; }
@media (max-width: 700px) {
  main { padding: 18px 10px 36px; } section { padding: 14px 12px; }
  .two { grid-template-columns: 1fr; } .figures { grid-template-columns: 1fr 1fr; }
  svg text { font-size: 15px; } th, td { padding: 4px 6px; }
  .bar { display: none; } td.name, .matrix th.name { min-width: 9em; } .mistakes { grid-template-columns: 1fr 1fr; } dl { gap: 4px 12px; } }
@media print { body { background: #fff; } section { break-inside: avoid; } }
)css";
}

}  // namespace graft
