(()=>{var h="pollen.scroll",w=!1;function M(){for(let t of["pointerdown","keydown"])document.addEventListener(t,()=>w=t==="pointerdown",!0);document.addEventListener(
"change",t=>{let e=t.target,n=e.form;if(n){if(e.name==="theme")O(n,e.value);else if(n.matches("[data-auto]")&&w&&!e.name.startsWith("op.")&&(e instanceof HTMLSelectElement||
e.type==="checkbox"||e.type==="radio"))K(e),n.requestSubmit();else if(e.matches("[data-pick-all]"))for(let o of n.elements)o instanceof HTMLInputElement&&o.name===
"pick"&&(o.checked=e.checked)}}),j(),W()}async function O(t,e){let n=document.documentElement;e==="auto"?delete n.dataset.theme:n.dataset.theme=e;let o=document.
querySelectorAll("[name=theme]");for(let i of o)i.checked=i.value===e;try{await fetch(t.action,{method:"POST",redirect:"manual",body:new URLSearchParams({theme:e})});
for(let i of o)i.toggleAttribute("checked",i.value===e)}catch{}}function j(){let t=new Set;document.addEventListener("input",e=>{let n=e.target.closest("form[da\
ta-guard]");n&&t.add(n)}),document.addEventListener("submit",e=>t.delete(e.target)),addEventListener("beforeunload",e=>{for(let n of t)n.isConnected&&e.preventDefault()})}
function K(t){sessionStorage.setItem(h,JSON.stringify([location.pathname,scrollY,t.name,t instanceof HTMLInputElement?t.value:null]))}function W(){let t=sessionStorage.
getItem(h);if(sessionStorage.removeItem(h),!t||location.hash)return;let[e,n,o,i]=JSON.parse(t);if(e!==location.pathname)return;let a=[...document.getElementsByName(
o)].find(l=>i===null||l.value===i);for(let l=a?.closest("details");l;l=l.parentElement?.closest("details"))l.open=!0;a?.focus({preventScroll:!0}),scrollTo({top:n,
behavior:"instant"})}var p,H=0;function S(t){p?.remove();let e=document.createElement("div");e.className="toast",e.setAttribute("role","status"),document.body.append(e),requestAnimationFrame(
()=>e.append(...t.childNodes)),p=e;let n=()=>{clearTimeout(H),H=window.setTimeout(()=>{e.matches(":hover, :focus-within")?n():e.remove()},12e3)};n()}function k(){
let t=p?.isConnected??!1;return p?.remove(),p=void 0,t}var x=new WeakMap,q="input:not([type=hidden]), textarea, select",V=0;function f(t){for(let e of t.querySelectorAll("[data-rows] :is([data-add], [data-remove]), \
[data-pick-all]"))e.hidden=!1;for(let e of t.querySelectorAll("[data-rows]")){let n=[...e.querySelectorAll(".row-in")].at(-1);n&&x.set(e,v(n))}}document.addEventListener(
"click",t=>{let e=t.target.closest("[data-add], [data-remove]"),n=e?.closest("[data-rows]");!e||!n||(e.matches("[data-add]")?z(n):J(n,e.closest(".row-in")),_(n),
n.dispatchEvent(new Event("input",{bubbles:!0})))});function z(t){let e=v(x.get(t));[...t.querySelectorAll(".row-in")].at(-1).after(e),e.querySelector(q)?.focus()}
function J(t,e){let n=[...t.querySelectorAll(".row-in")],o=n.indexOf(e),i=n[o+1]??n[o-1];i?e.remove():(i=v(e),e.replaceWith(i)),i.querySelector(q)?.focus()}function v(t){
let e=t.cloneNode(!0);for(let n of e.querySelectorAll("input, textarea")){n.value=n.defaultValue="",n.id&&(n.id=`${n.id}-${++V}`);for(let o of["lang","title","a\
ria-invalid","aria-describedby","data-watched","aria-controls","aria-activedescendant"])n.removeAttribute(o)}return e.querySelector(".ahead")?.remove(),e}function _(t){
[...t.querySelectorAll(".row-in")].forEach((e,n)=>{for(let o of e.querySelectorAll("[data-nth]"))o.setAttribute("aria-label",o.getAttribute("aria-label").replace(
/\d+$/,String(n+1)))})}function I(){document.addEventListener("submit",t=>{let e=t.target,n=t.submitter,o=e.dataset?.swap;if(!o||t.defaultPrevented)return;let i=document.getElementById(
o);i&&(t.preventDefault(),G(e,n,i))}),document.addEventListener("click",t=>{let e=t.target.closest?.("summary")?.parentElement;e instanceof HTMLDetailsElement&&
e.name==="fix"&&!e.open&&(t.preventDefault(),E(e))}),document.addEventListener("toggle",t=>{let e=t.target;e.open&&e.name==="fix"&&!e.querySelector("form")?.contains(
document.activeElement)&&g(e)},!0)}function E(t){t.open=!0,g(t)}function g(t){let e=t.querySelector("form :is(input:not([type=hidden]), textarea, select)[name=v\
alue]")??t.querySelector("form :is(input:not([type=hidden]), textarea, select)");e?.focus(),e&&"select"in e&&e.type!=="checkbox"&&e.type!=="radio"&&e.type!=="fi\
le"&&e.select()}async function G(t,e,n){let o=new FormData(t,e),i=t.enctype==="multipart/form-data";n.setAttribute("aria-busy","true");let a,l;try{a=await fetch(
t.action,{method:"POST",headers:{Accept:"text/html","Pollen-Part":n.id},body:i?o:new URLSearchParams(o)}),l=await a.text()}catch{n.removeAttribute("aria-busy"),
A(t,e);return}n.removeAttribute("aria-busy");let r=new DOMParser().parseFromString(l,"text/html"),s=r.getElementById(n.id);if(!s){a.redirected?location.assign(a.
url):A(t,e);return}document.adoptNode(s),n.replaceWith(s),r.title&&(document.title=r.title),f(s);let d=s.querySelector("details[name=fix]");d?.open?g(d):d?.querySelector(
"summary")?.focus({preventScroll:!0});for(let c of r.querySelectorAll("[data-also][id]"))document.getElementById(c.id)?.replaceWith(document.adoptNode(c));let u=r.
querySelector("[data-notice=done]");u&&S(document.adoptNode(u))}function A(t,e){delete t.dataset.swap,t.requestSubmit(e)}function C(){document.addEventListener("keydown",t=>{let e=t.target;if(!(document.documentElement.dataset.keys==="off"||t.ctrlKey||t.metaKey||t.altKey||e.closest(
"input, textarea, select, [contenteditable], dialog")))if(t.key==="/"){let n=[...document.querySelectorAll("input[type=search][data-ahead]")].find(o=>o.checkVisibility());
n&&(t.preventDefault(),n.focus(),n.select())}else if(t.key==="e"){let n=e.closest(".value")?.querySelector("details[name=fix]");n&&(t.preventDefault(),E(n))}else
t.key==="?"&&D()});for(let t of document.querySelectorAll("[data-keys-help]"))t.hidden=!1,t.addEventListener("click",D)}function D(){let t=document.getElementById(
"key-help");t instanceof HTMLDialogElement&&!t.open&&t.showModal()}var X="details:is(.menu, [name=fix])[open]";function F(){for(let t of["click","focusin"])document.addEventListener(t,e=>{for(let n of document.querySelectorAll(
"details.menu[open]"))n.contains(e.target)||(n.open=!1)});document.addEventListener("keydown",t=>{if(t.key!=="Escape"||t.defaultPrevented)return;let n=t.target.
closest(X)??document.querySelector("details.menu[open]");n?(n.open=!1,n.querySelector("summary")?.focus()):k()})}function P(){let t=document.querySelector("form[data-similar]"),e=t?.querySelector("[data-similar-list]");if(!t||!e)return;let n=(t.dataset.title??"").split(" "),
o=0,i;t.addEventListener("input",r=>{n.includes(r.target.name)&&(clearTimeout(o),i?.abort(),o=window.setTimeout(()=>{a()},300))});async function a(){let r=n.map(
s=>t.querySelector(`[name="${s}"]`)?.value.trim()??"").join(" ").trim();if(r.length<3){e.replaceChildren();return}i=new AbortController;try{let s=new URLSearchParams(
{q:r,collection:t.dataset.similar??""}),d=await fetch(`/complete?${s}`,{signal:i.signal});d.ok&&l((await d.json()).items??[])}catch{}}function l(r){if(r.length===
0){e.replaceChildren();return}let s=document.createElement("p");s.textContent=e.dataset.said??"";let d=document.createElement("ul");for(let u of r.slice(0,5)){let c=document.
createElement("a");c.href=`/c/${encodeURIComponent(u.collection)}/${encodeURIComponent(u.slug)}`,c.target="_blank",c.rel="noopener",c.textContent=u.title;let m=document.
createElement("li");m.append(c),d.append(m)}e.replaceChildren(s,d)}}var Y="input[data-ahead], input[data-pick]";function $(){document.addEventListener("focusin",t=>{let e=t.target;e.matches?.(Y)&&!e.dataset.watched&&(e.dataset.watched=
"",new L(e))})}var Q=0,L=class{constructor(e){this.field=e;this.picks=e.matches("[data-pick]"),this.list.className="ahead",this.list.id=`ahead-${++Q}`,this.list.
hidden=!0,this.list.setAttribute("role","listbox"),this.list.setAttribute("aria-label",e.dataset.listLabel??e.getAttribute("aria-label")??e.labels?.[0]?.textContent??
""),(e.closest(".search, .pick")??e.parentElement).append(this.list),e.setAttribute("role","combobox"),e.setAttribute("aria-autocomplete","list"),e.setAttribute(
"aria-controls",this.list.id),e.setAttribute("aria-expanded","false"),e.addEventListener("input",()=>this.ask()),e.addEventListener("keydown",n=>this.key(n));for(let n of[
"keyup","focus"])e.addEventListener(n,()=>this.taken=!1);e.form?.addEventListener("submit",n=>this.taken&&n.preventDefault()),e.addEventListener("blur",()=>this.
show([])),this.list.addEventListener("pointerdown",n=>n.preventDefault())}field;list=document.createElement("div");picks;timer=0;request;active=-1;taken=!1;ask(){
clearTimeout(this.timer),this.request?.abort();let e=this.field.value.trim();if(e.length<2){this.show([]);return}this.timer=window.setTimeout(()=>{this.fetch(e)},
150)}async fetch(e){this.request=new AbortController;let n=new URLSearchParams({q:e});this.field.dataset.collection&&n.set("collection",this.field.dataset.collection);
try{let o=await fetch(`/complete?${n}`,{signal:this.request.signal});if(!o.ok||document.activeElement!==this.field)return;let{items:i}=await o.json();this.show(
i??[],e)}catch{}}show(e,n=""){let o=e.map(a=>this.option(a,n));o.length>0&&!this.picks&&o.push(this.everything(n)),o.forEach((a,l)=>a.id=`${this.list.id}-${l}`);
let i=this.list.children[this.active]?.textContent;this.list.replaceChildren(...o),this.active=i?o.findIndex(a=>a.textContent===i):-1,this.mark(),this.list.hidden=
o.length===0,this.field.setAttribute("aria-expanded",String(o.length>0))}mark(){[...this.list.children].forEach((n,o)=>n.setAttribute("aria-selected",String(o===
this.active)));let e=this.list.children[this.active];e?(e.scrollIntoView({block:"nearest"}),this.field.setAttribute("aria-activedescendant",e.id)):this.field.removeAttribute(
"aria-activedescendant")}option(e,n){let o=`/c/${encodeURIComponent(e.collection)}/${encodeURIComponent(e.slug)}`,i=this.line(e.collection==="people"?"persona":
"source",ee(e.title,n),e.label??e.collection);return i.addEventListener("click",()=>this.picks?this.pick(e):location.assign(o)),i}everything(e){let n=document.createElement(
"span"),o=document.createElement("mark");o.textContent=e,n.append(`${this.field.dataset.all??""} `,o);let i=this.line("search",n,"↵");return i.dataset.everything=
"",i.addEventListener("click",()=>this.field.form?.requestSubmit()),i}line(e,n,o){let i=document.createElement("div");i.setAttribute("role","option"),i.setAttribute(
"aria-selected","false");let a=document.createElement("span");return a.className="faint xs",a.textContent=o,i.append(Z(e),n,a),i}pick(e){let n=e.id??(this.field.
dataset.collection?e.slug:`${e.collection}/${e.slug}`);this.field.value=e.title;let o=this.field.parentElement?.querySelector("input[type=hidden]");o&&(o.value=
`${n} ${e.title}`),this.show([]),this.field.dispatchEvent(new Event("change",{bubbles:!0}))}key(e){if(this.list.hidden)return;let n=this.list.children;if(e.key===
"ArrowDown"||e.key==="ArrowUp"){e.preventDefault();let o=e.key==="ArrowDown"?1:this.active<0?0:-1;this.active=(this.active+o+n.length)%n.length,e.key==="ArrowUp"&&
o===0&&(this.active=n.length-1),this.mark()}else if(e.key==="Enter"&&this.active>=0){e.preventDefault();let o=n[this.active];this.taken=!o.matches("[data-everyt\
hing]"),o.click()}else e.key==="Escape"&&(e.preventDefault(),e.stopPropagation(),this.show([]))}};function Z(t){let e="http://www.w3.org/2000/svg",n=document.createElementNS(
e,"svg"),o=document.createElementNS(e,"use"),i=document.querySelector("svg use")?.getAttribute("href")??"";return o.setAttribute("href",`${i.split("#")[0]}#${t}`),
n.setAttribute("class","i"),n.setAttribute("aria-hidden","true"),n.append(o),n}var N=t=>t.normalize("NFD").replace(/\p{M}/gu,"").toLowerCase();function ee(t,e){
let n=document.createElement("span"),o=[...t],i=o.map(N),a=N(e).split(/[^\p{L}\p{N}]+/u).filter(Boolean),l=0,r=s=>/[\p{L}\p{N}]/u.test(o[s]??"");for(let s=0;s<o.
length;){let u=r(s)&&!r(s-1)?a.filter(m=>i.slice(s,s+m.length).join("")===m).sort((m,B)=>B.length-m.length)[0]:void 0;if(!u){s++;continue}let c=document.createElement(
"mark");c.textContent=o.slice(s,s+u.length).join(""),n.append(o.slice(l,s).join(""),c),l=s+=u.length}return n.append(o.slice(l).join("")),n}function R(){let t=document.querySelector("form[data-upload]"),e=t?.querySelector("input[type=file]");if(!t||!e)return;let n=t.querySelector(".drop");t.querySelector(
"[data-drop-hint]")?.removeAttribute("hidden"),e.addEventListener("change",()=>y(t,e));for(let o of["dragenter","dragover","dragleave","drop"])document.addEventListener(
o,i=>{i.dataTransfer?.types.includes("Files")&&(i.preventDefault(),n.classList.toggle("over",o==="dragenter"||o==="dragover"),o==="drop"&&i.dataTransfer.files.length>
0&&(e.files=i.dataTransfer.files,y(t,e)))});t.addEventListener("submit",o=>{y(t,e)?e.files?.length&&(o.preventDefault(),te(t)):o.preventDefault()})}function y(t,e){
let n=e.files?.[0],o=!n||n.size<=Number(t.dataset.upload);return b(t,o?"":t.dataset.tooLarge),e.setAttribute("aria-invalid",String(!o)),o}function b(t,e){let n=t.
querySelector("[data-upload-problem]");n.textContent=e,n.hidden=e===""}function te(t){let e=t.querySelector("[data-upload-progress]"),n=e.querySelector("progres\
s"),o=t.querySelectorAll("button"),i=e.querySelector("[data-upload-said]"),a=new XMLHttpRequest,l=r=>{e.hidden=!r;for(let s of o)s.disabled=r};i.textContent=t.dataset.
sending,l(!0),a.upload.addEventListener("progress",r=>{r.lengthComputable&&(n.value=Math.floor(1e3*r.loaded/r.total))}),a.addEventListener("load",()=>{if(a.responseURL!==
t.action&&new URL(a.responseURL).pathname!==new URL(t.action).pathname){location.assign(a.responseURL);return}l(!1);let r=new DOMParser().parseFromString(a.responseText,
"text/html");b(t,r.querySelector("main [role=alert]:not([hidden])")?.textContent?.trim()||r.querySelector("main h1")?.textContent||t.dataset.failed)}),a.addEventListener(
"error",()=>{l(!1),b(t,t.dataset.failed)}),a.open("POST",t.action),a.setRequestHeader("Accept","text/html"),a.send(new FormData(t))}function T(){let t=document.querySelector("[data-live][id]");t&&setTimeout(()=>{U(t)},1e3)}async function U(t){let e;try{let o=await fetch(location.href,{headers:{
Accept:"text/html"}});e=new DOMParser().parseFromString(await o.text(),"text/html").getElementById(t.id)}catch{setTimeout(()=>{U(t)},3e3);return}if(!e?.hasAttribute(
"data-live")){location.reload();return}let n=t.contains(document.activeElement)?document.activeElement.value:"";t.replaceChildren(...document.adoptNode(e).childNodes),
n&&t.querySelector(`button[value="${n}"]`)?.focus(),T()}F();C();M();I();$();P();f(document);R();T();})();
