"""The style sheet of the report page."""

STYLE = """
:root{--ink:#1d2430;--soft:#667085;--rule:#e4e7ec;--page:#f5f6f8;--card:#fff;--right:#12855a;--wrong:#d0342c;
 --missed:#b45f06;--image:#2a78d6;--title:#d9622b;--joint:#5b3fb5;--accent:#1f4fa3}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
 "Helvetica Neue",Arial,sans-serif}
main,header>div,nav>div,footer{max-width:1180px;margin:0 auto;padding:0 28px}
header{background:linear-gradient(120deg,#16233f,#24457f);color:#fff;padding:34px 0 80px}
header p{margin:4px 0 0;color:#c8d5ee}
h1{margin:0;font-size:28px;letter-spacing:-.01em}
h2{margin:44px 0 4px;font-size:20px;letter-spacing:-.01em;scroll-margin-top:56px}
h3{margin:0 0 6px;font-size:14px}
.about{margin:0 0 16px;color:var(--soft);max-width:100ch}
.tiles{display:grid;grid-template-columns:1.35fr 1fr 1fr 1fr;gap:16px;margin-top:-56px}
.tile,.panel,.row{background:var(--card);border:1px solid var(--rule);border-radius:12px;
 box-shadow:0 1px 2px rgba(16,24,40,.05)}
.tile{padding:16px 20px}
.tile b{display:block;font-size:34px;line-height:1.15;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:13px}
.tile.main b{font-size:46px;color:var(--accent)}
nav{position:sticky;top:0;z-index:2;background:rgba(245,246,248,.94);border-bottom:1px solid var(--rule);
 margin-top:22px}
nav>div{display:flex;gap:22px;padding-top:9px;padding-bottom:9px;font-size:14px}
nav a{color:var(--soft);text-decoration:none}
nav a:hover{color:var(--accent)}
.panel{padding:18px 20px;overflow-x:auto}
.grid{display:grid;gap:16px;margin-bottom:16px}
.grid.two{grid-template-columns:repeat(2,1fr)}.grid.three{grid-template-columns:repeat(3,1fr)}
.nothing{color:var(--soft);font-style:italic}
table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
th{font-size:12px;font-weight:600;color:var(--soft);text-align:left;padding:6px 10px;
 border-bottom:1px solid var(--rule)}
td{padding:9px 10px;border-bottom:1px solid #f0f2f5;vertical-align:middle}
tr:last-child td{border-bottom:0}
td small{display:block;color:var(--soft)}
tr.chosen{background:#eef4ff}
.badge{display:inline-block;margin-left:8px;padding:1px 8px;border-radius:9px;background:var(--accent);color:#fff;
 font-size:11px;font-weight:600;vertical-align:1px}
.bar{display:flex;align-items:center;gap:10px;min-width:230px}
.bar i{display:block;height:12px;border-radius:0 4px 4px 0;background:#a9bbdb}
.chosen .bar i{background:var(--accent)}
.bar b{width:52px}
svg{width:100%;height:auto;display:block}
svg text{font-size:11px;fill:var(--soft);font-family:inherit}
svg .label{font-size:11.5px;fill:var(--ink)}
svg .grid{stroke:var(--rule)}
svg .threshold{stroke:var(--ink);stroke-dasharray:4 3;stroke-width:1.4}
svg polyline{fill:none;stroke-width:2.2;stroke-linejoin:round}
svg circle{stroke:#fff;stroke-width:2}
polyline.image{stroke:var(--image)}circle.image{fill:var(--image)}i.image{background:var(--image)}
polyline.title{stroke:var(--title)}circle.title{fill:var(--title)}i.title{background:var(--title)}
polyline.joint{stroke:var(--joint)}circle.joint{fill:var(--joint)}i.joint{background:var(--joint)}
polyline.other0,polyline.other1,polyline.other2{stroke-dasharray:6 3}
.three polyline{stroke-dasharray:none}
polyline.other0{stroke:#344f7c}circle.other0{fill:#344f7c}i.other0{background:#344f7c}
polyline.other1{stroke:#8a5a83}circle.other1{fill:#8a5a83}i.other1{background:#8a5a83}
polyline.other2{stroke:#557a46}circle.other2{fill:#557a46}i.other2{background:#557a46}
polygon.same{fill:var(--right);fill-opacity:.5;stroke:var(--right)}i.same{background:var(--right)}
polygon.different{fill:#98a2b3;fill-opacity:.55;stroke:#667085}i.different{background:#98a2b3}
.three svg text,.three svg .label{font-size:15px}
.legend{margin:6px 0 0;font-size:12.5px;color:var(--soft)}
.legend span{margin-right:16px;white-space:nowrap}
.legend b{color:var(--ink)}
.legend i{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:6px}
.rows{display:flex;flex-wrap:wrap;gap:12px}
.rows::after{content:"";flex:999 1 0}
.row{display:flex;flex:1 1 auto;gap:16px;padding:14px;max-width:100%}
.row>.item{flex:0 0 145px;padding-right:16px;border-right:1px solid var(--rule)}
.items{display:flex;flex-wrap:wrap;gap:14px}
.item{flex:0 0 128px;font-size:12px;line-height:1.35}
.item .picture{display:flex;align-items:center;justify-content:center;width:128px;height:128px;border-radius:9px;
 border:4px solid #98a2b3;background:#fbfcfd;overflow:hidden;color:var(--soft);font-size:12px;font-style:italic}
.item img{width:100%;height:100%;object-fit:contain;display:block}
.item.right .picture{border-color:var(--right)}
.item.wrong .picture{border-color:var(--wrong)}
.item.missed .picture{border:4px dashed var(--missed)}
.item .tag{display:flex;justify-content:space-between;margin:5px 0 2px;font-weight:600}
.right .tag{color:var(--right)}.wrong .tag{color:var(--wrong)}.missed .tag{color:var(--missed)}
.item .scores{color:var(--soft);font-size:11px;font-variant-numeric:tabular-nums}
.item .words{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:4;overflow:hidden;
 overflow-wrap:anywhere}
.item .words.none{color:var(--soft);font-style:italic}
.more{align-self:center;color:var(--soft);font-size:13px}
footer{padding-top:30px;padding-bottom:44px;color:var(--soft);font-size:13px}
footer code{overflow-wrap:anywhere}
@media(max-width:860px){.tiles,.grid.two,.grid.three{grid-template-columns:1fr}.row{flex-direction:column}}
@media print{nav{display:none}.row,.panel{break-inside:avoid}}
"""
