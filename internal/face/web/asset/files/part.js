(()=>{var v="pollen.scroll";function y(){document.addEventListener("change",n=>{let e=n.target,t=e.form;if(t){if(e.name==="theme")I(t,e.value);else if(t.matches("[dat\
a-auto]")&&!e.name.startsWith("op.")&&(e instanceof HTMLSelectElement||e.type==="checkbox"||e.type==="radio"))C(),t.requestSubmit();else if(e.matches("[data-pic\
k-all]"))for(let o of t.elements)o instanceof HTMLInputElement&&o.name==="pick"&&(o.checked=e.checked)}}),D(),P()}async function I(n,e){let t=document.documentElement;
e==="auto"?delete t.dataset.theme:t.dataset.theme=e;try{await fetch(n.action,{method:"POST",redirect:"manual",body:new URLSearchParams({theme:e})});for(let o of n.
querySelectorAll("[name=theme]"))o.toggleAttribute("checked",o.value===e)}catch{}}function D(){let n=new Set;document.addEventListener("input",e=>{let t=e.target.
closest("form[data-guard]");t&&n.add(t)}),document.addEventListener("submit",e=>n.delete(e.target)),addEventListener("beforeunload",e=>{for(let t of n)t.isConnected&&
e.preventDefault()})}function C(){sessionStorage.setItem(v,JSON.stringify([location.pathname,scrollY]))}function P(){let n=sessionStorage.getItem(v);if(sessionStorage.
removeItem(v),!n||location.hash)return;let[e,t]=JSON.parse(n);e===location.pathname&&scrollTo({top:t,behavior:"instant"})}var p,L=0;function w(n){p?.remove();let e=document.createElement("div");e.className="toast",e.setAttribute("role","status"),document.body.append(e),requestAnimationFrame(
()=>e.append(...n.childNodes)),p=e;let t=()=>{clearTimeout(L),L=window.setTimeout(()=>{e.matches(":hover, :focus-within")?t():e.remove()},12e3)};t()}function b(){
let n=p?.isConnected??!1;return p?.remove(),p=void 0,n}function h(n){for(let e of n.querySelectorAll("[data-rows] :is([data-add], [data-remove]), [data-pick-all]"))e.hidden=!1}document.addEventListener("click",n=>{let e=n.
target.closest("[data-add], [data-remove]"),t=e?.closest("[data-rows]");if(!e||!t)return;let o=t.querySelectorAll(".row-in");if(e.matches("[data-add]")){let i=o[o.
length-1],s=i.cloneNode(!0);s.querySelectorAll("input, textarea").forEach(l=>{let r=l;r.value="",r.removeAttribute("value"),r.id&&(r.id=`${r.id}-${o.length}`),r.
removeAttribute("lang"),delete r.dataset.watched}),s.querySelector(".ahead")?.remove(),i.after(s),s.querySelector("input:not([type=hidden]), textarea")?.focus()}else{
let i=e.closest(".row-in"),s=(i.nextElementSibling??i.previousElementSibling)?.querySelector("input:not([type=hidden])");o.length>1?i.remove():i.querySelectorAll(
"input").forEach(l=>l.value=""),s?.focus()}t.dispatchEvent(new Event("input",{bubbles:!0}))});function k(){document.addEventListener("submit",n=>{let e=n.target,t=n.submitter,o=e.dataset?.swap;if(!o||n.defaultPrevented)return;let i=document.getElementById(
o);if(i){if(n.preventDefault(),t?.value==="fix"){let s=i.querySelector("details[name=fix]");if(s){f(s);return}}$(e,t,i)}}),document.addEventListener("click",n=>{
let e=n.target.closest?.("summary")?.parentElement;e instanceof HTMLDetailsElement&&e.name==="fix"&&!e.open&&(n.preventDefault(),f(e))}),document.addEventListener(
"toggle",n=>{let e=n.target;e.open&&e.name==="fix"&&!e.querySelector("form")?.contains(document.activeElement)&&E(e)},!0)}function f(n){n.open=!0,E(n)}function E(n){
let e=n.querySelector("form :is(input:not([type=hidden]), textarea, select)[name=value]")??n.querySelector("form :is(input:not([type=hidden]), textarea, select)");
e?.focus(),e&&"select"in e&&e.type!=="checkbox"&&e.type!=="radio"&&e.type!=="file"&&e.select()}async function $(n,e,t){let o=new FormData(n,e),i=n.enctype==="mu\
ltipart/form-data";t.setAttribute("aria-busy","true");let s,l;try{s=await fetch(n.action,{method:"POST",headers:{Accept:"text/html","Pollen-Part":t.id},body:i?o:
new URLSearchParams(o)}),l=await s.text()}catch{t.removeAttribute("aria-busy"),T(n,e);return}t.removeAttribute("aria-busy");let r=new DOMParser().parseFromString(
l,"text/html"),a=r.getElementById(t.id);if(!a){s.redirected?location.assign(s.url):T(n,e);return}document.adoptNode(a),t.replaceWith(a),h(a);let d=a.querySelector(
"details[name=fix]");d?.open?E(d):d?.querySelector("summary")?.focus({preventScroll:!0});for(let c of r.querySelectorAll("[data-also][id]"))document.getElementById(
c.id)?.replaceWith(document.adoptNode(c));let u=r.querySelector("[data-notice=done]");u&&w(document.adoptNode(u))}function T(n,e){delete n.dataset.swap,n.requestSubmit(
e)}function M(){document.addEventListener("keydown",n=>{let e=n.target;if(!(n.ctrlKey||n.metaKey||n.altKey||e.closest("input, textarea, select, [contenteditable], \
dialog"))){if(n.key==="/"){let t=[...document.querySelectorAll("input[type=search][data-ahead]")].find(o=>o.checkVisibility());t&&(n.preventDefault(),t.focus(),
t.select())}else if(n.key==="e"){let o=(e.closest(".value")??document.querySelector(".value:target")??document.querySelector(".value:has(details[name=fix])"))?.
querySelector("details[name=fix]");o&&(n.preventDefault(),f(o))}else if(n.key==="?"){let t=document.getElementById("key-help");t instanceof HTMLDialogElement&&!t.
open&&t.showModal()}}})}var F="details:is(.menu, [name=fix])[open]";function S(){document.addEventListener("click",n=>{for(let e of document.querySelectorAll("details.menu[open]"))e.contains(
n.target)||(e.open=!1)}),document.addEventListener("keydown",n=>{if(n.key!=="Escape"||n.defaultPrevented)return;let t=n.target.closest(F)??document.querySelector(
"details.menu[open]");t?(t.open=!1,t.querySelector("summary")?.focus()):b()})}function H(){let n=document.querySelector("form[data-similar]"),e=n?.querySelector("[data-similar-list]");if(!n||!e)return;let t=(n.dataset.title??"").split(" "),
o=0,i;n.addEventListener("input",r=>{t.includes(r.target.name)&&(clearTimeout(o),i?.abort(),o=window.setTimeout(()=>{s()},300))});async function s(){let r=t.map(
a=>n.querySelector(`[name="${a}"]`)?.value.trim()??"").join(" ").trim();if(r.length<3){e.replaceChildren();return}i=new AbortController;try{let a=new URLSearchParams(
{q:r,collection:n.dataset.similar??""}),d=await fetch(`/complete?${a}`,{signal:i.signal});d.ok&&l((await d.json()).items??[])}catch{}}function l(r){if(r.length===
0){e.replaceChildren();return}let a=document.createElement("p");a.textContent=e.dataset.said??"";let d=document.createElement("ul");for(let u of r.slice(0,5)){let c=document.
createElement("a");c.href=`/c/${encodeURIComponent(u.collection)}/${encodeURIComponent(u.slug)}`,c.target="_blank",c.rel="noopener",c.textContent=u.title;let m=document.
createElement("li");m.append(c),d.append(m)}e.replaceChildren(a,d)}}var N="input[data-ahead], input[data-pick]";function q(){document.addEventListener("focusin",n=>{let e=n.target;e.matches?.(N)&&!e.dataset.watched&&(e.dataset.watched=
"",new g(e))})}var R=0,g=class{constructor(e){this.field=e;this.picks=e.matches("[data-pick]"),this.list.className="ahead",this.list.id=`ahead-${++R}`,this.list.
hidden=!0,this.list.setAttribute("role","listbox"),this.list.setAttribute("aria-label",e.dataset.listLabel??e.getAttribute("aria-label")??e.labels?.[0]?.textContent??
""),(e.closest(".search, .pick")??e.parentElement).append(this.list),e.setAttribute("role","combobox"),e.setAttribute("aria-autocomplete","list"),e.setAttribute(
"aria-controls",this.list.id),e.setAttribute("aria-expanded","false"),e.addEventListener("input",()=>this.ask()),e.addEventListener("keydown",t=>this.key(t));for(let t of[
"keyup","focus"])e.addEventListener(t,()=>this.taken=!1);e.form?.addEventListener("submit",t=>this.taken&&t.preventDefault()),e.addEventListener("blur",()=>this.
show([])),this.list.addEventListener("pointerdown",t=>t.preventDefault())}field;list=document.createElement("div");picks;timer=0;request;active=-1;taken=!1;ask(){
clearTimeout(this.timer),this.request?.abort();let e=this.field.value.trim();if(e.length<2){this.show([]);return}this.timer=window.setTimeout(()=>{this.fetch(e)},
150)}async fetch(e){this.request=new AbortController;let t=new URLSearchParams({q:e});this.field.dataset.collection&&t.set("collection",this.field.dataset.collection);
try{let o=await fetch(`/complete?${t}`,{signal:this.request.signal});if(!o.ok||document.activeElement!==this.field)return;let{items:i}=await o.json();this.show(
i??[],e)}catch{}}show(e,t=""){let o=e.map(s=>this.option(s,t));o.length>0&&!this.picks&&o.push(this.everything(t)),o.forEach((s,l)=>s.id=`${this.list.id}-${l}`);
let i=this.list.children[this.active]?.textContent;this.list.replaceChildren(...o),this.active=i?o.findIndex(s=>s.textContent===i):-1,this.mark(),this.list.hidden=
o.length===0,this.field.setAttribute("aria-expanded",String(o.length>0))}mark(){[...this.list.children].forEach((t,o)=>t.setAttribute("aria-selected",String(o===
this.active)));let e=this.list.children[this.active];e?(e.scrollIntoView({block:"nearest"}),this.field.setAttribute("aria-activedescendant",e.id)):this.field.removeAttribute(
"aria-activedescendant")}option(e,t){let o=`/c/${encodeURIComponent(e.collection)}/${encodeURIComponent(e.slug)}`,i=this.line(e.collection==="people"?"persona":
"source",U(e.title,t),e.label??e.collection);return i.addEventListener("click",()=>this.picks?this.pick(e):location.assign(o)),i}everything(e){let t=document.createElement(
"span"),o=document.createElement("mark");o.textContent=e,t.append(`${this.field.dataset.all??""} `,o);let i=this.line("search",t,"↵");return i.dataset.everything=
"",i.addEventListener("click",()=>this.field.form?.requestSubmit()),i}line(e,t,o){let i=document.createElement("div");i.setAttribute("role","option"),i.setAttribute(
"aria-selected","false");let s=document.createElement("span");return s.className="faint xs",s.textContent=o,i.append(B(e),t,s),i}pick(e){let t=e.id??(this.field.
dataset.collection?e.slug:`${e.collection}/${e.slug}`);this.field.value=e.title;let o=this.field.parentElement?.querySelector("input[type=hidden]");o&&(o.value=
`${t} ${e.title}`),this.show([]),this.field.dispatchEvent(new Event("change",{bubbles:!0}))}key(e){if(this.list.hidden)return;let t=this.list.children;if(e.key===
"ArrowDown"||e.key==="ArrowUp"){e.preventDefault();let o=e.key==="ArrowDown"?1:this.active<0?0:-1;this.active=(this.active+o+t.length)%t.length,e.key==="ArrowUp"&&
o===0&&(this.active=t.length-1),this.mark()}else if(e.key==="Enter"&&this.active>=0){e.preventDefault();let o=t[this.active];this.taken=!o.matches("[data-everyt\
hing]"),o.click()}else e.key==="Escape"&&(e.preventDefault(),e.stopPropagation(),this.show([]))}};function B(n){let e="http://www.w3.org/2000/svg",t=document.createElementNS(
e,"svg"),o=document.createElementNS(e,"use"),i=document.querySelector("svg use")?.getAttribute("href")??"";return o.setAttribute("href",`${i.split("#")[0]}#${n}`),
t.setAttribute("class","i"),t.setAttribute("aria-hidden","true"),t.append(o),t}var x=n=>n.normalize("NFD").replace(/\p{M}/gu,"").toLowerCase();function U(n,e){let t=document.
createElement("span"),o=[...n],i=o.map(x),s=x(e).split(/[^\p{L}\p{N}]+/u).filter(Boolean),l=0,r=a=>/[\p{L}\p{N}]/u.test(o[a]??"");for(let a=0;a<o.length;){let u=r(
a)&&!r(a-1)?s.filter(m=>i.slice(a,a+m.length).join("")===m).sort((m,A)=>A.length-m.length)[0]:void 0;if(!u){a++;continue}let c=document.createElement("mark");c.
textContent=o.slice(a,a+u.length).join(""),t.append(o.slice(l,a).join(""),c),l=a+=u.length}return t.append(o.slice(l).join("")),t}S();M();y();k();q();H();h(document);})();
