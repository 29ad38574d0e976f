(()=>{var v="pollen.scroll";function T(){document.addEventListener("change",t=>{let e=t.target,n=e.form;if(n){if(e.name==="theme")N(n,e.value);else if(n.matches("[dat\
a-auto]")&&!e.name.startsWith("op.")&&(e instanceof HTMLSelectElement||e.type==="checkbox"||e.type==="radio"))$(),n.requestSubmit();else if(e.matches("[data-pic\
k-all]"))for(let o of n.elements)o instanceof HTMLInputElement&&o.name==="pick"&&(o.checked=e.checked)}}),R(),U()}async function N(t,e){let n=document.documentElement;
e==="auto"?delete n.dataset.theme:n.dataset.theme=e;try{await fetch(t.action,{method:"POST",redirect:"manual",body:new URLSearchParams({theme:e})});for(let o of t.
querySelectorAll("[name=theme]"))o.toggleAttribute("checked",o.value===e)}catch{}}function R(){let t=new Set;document.addEventListener("input",e=>{let n=e.target.
closest("form[data-guard]");n&&t.add(n)}),document.addEventListener("submit",e=>t.delete(e.target)),addEventListener("beforeunload",e=>{for(let n of t)n.isConnected&&
e.preventDefault()})}function $(){sessionStorage.setItem(v,JSON.stringify([location.pathname,scrollY]))}function U(){let t=sessionStorage.getItem(v);if(sessionStorage.
removeItem(v),!t||location.hash)return;let[e,n]=JSON.parse(t);e===location.pathname&&scrollTo({top:n,behavior:"instant"})}var p,w=0;function M(t){p?.remove();let e=document.createElement("div");e.className="toast",e.setAttribute("role","status"),document.body.append(e),requestAnimationFrame(
()=>e.append(...t.childNodes)),p=e;let n=()=>{clearTimeout(w),w=window.setTimeout(()=>{e.matches(":hover, :focus-within")?n():e.remove()},12e3)};n()}function H(){
let t=p?.isConnected??!1;return p?.remove(),p=void 0,t}function f(t){for(let e of t.querySelectorAll("[data-rows] :is([data-add], [data-remove]), [data-pick-all]"))e.hidden=!1}document.addEventListener("click",t=>{let e=t.
target.closest("[data-add], [data-remove]"),n=e?.closest("[data-rows]");if(!e||!n)return;let o=n.querySelectorAll(".row-in");if(e.matches("[data-add]")){let i=o[o.
length-1],a=i.cloneNode(!0);a.querySelectorAll("input, textarea").forEach(l=>{let s=l;s.value="",s.removeAttribute("value"),s.id&&(s.id=`${s.id}-${o.length}`),s.
removeAttribute("lang"),delete s.dataset.watched}),a.querySelector(".ahead")?.remove(),i.after(a),a.querySelector("input:not([type=hidden]), textarea")?.focus()}else{
let i=e.closest(".row-in"),a=(i.nextElementSibling??i.previousElementSibling)?.querySelector("input:not([type=hidden])");o.length>1?i.remove():i.querySelectorAll(
"input").forEach(l=>l.value=""),a?.focus()}n.dispatchEvent(new Event("input",{bubbles:!0}))});function k(){document.addEventListener("submit",t=>{let e=t.target,n=t.submitter,o=e.dataset?.swap;if(!o||t.defaultPrevented)return;let i=document.getElementById(
o);if(i){if(t.preventDefault(),n?.value==="fix"){let a=i.querySelector("details[name=fix]");if(a){h(a);return}}B(e,n,i)}}),document.addEventListener("click",t=>{
let e=t.target.closest?.("summary")?.parentElement;e instanceof HTMLDetailsElement&&e.name==="fix"&&!e.open&&(t.preventDefault(),h(e))}),document.addEventListener(
"toggle",t=>{let e=t.target;e.open&&e.name==="fix"&&!e.querySelector("form")?.contains(document.activeElement)&&E(e)},!0)}function h(t){t.open=!0,E(t)}function E(t){
let e=t.querySelector("form :is(input:not([type=hidden]), textarea, select)[name=value]")??t.querySelector("form :is(input:not([type=hidden]), textarea, select)");
e?.focus(),e&&"select"in e&&e.type!=="checkbox"&&e.type!=="radio"&&e.type!=="file"&&e.select()}async function B(t,e,n){let o=new FormData(t,e),i=t.enctype==="mu\
ltipart/form-data";n.setAttribute("aria-busy","true");let a,l;try{a=await fetch(t.action,{method:"POST",headers:{Accept:"text/html","Pollen-Part":n.id},body:i?o:
new URLSearchParams(o)}),l=await a.text()}catch{n.removeAttribute("aria-busy"),S(t,e);return}n.removeAttribute("aria-busy");let s=new DOMParser().parseFromString(
l,"text/html"),r=s.getElementById(n.id);if(!r){a.redirected?location.assign(a.url):S(t,e);return}document.adoptNode(r),n.replaceWith(r),f(r);let d=r.querySelector(
"details[name=fix]");d?.open?E(d):d?.querySelector("summary")?.focus({preventScroll:!0});for(let c of s.querySelectorAll("[data-also][id]"))document.getElementById(
c.id)?.replaceWith(document.adoptNode(c));let u=s.querySelector("[data-notice=done]");u&&M(document.adoptNode(u))}function S(t,e){delete t.dataset.swap,t.requestSubmit(
e)}function x(){document.addEventListener("keydown",t=>{let e=t.target;if(!(t.ctrlKey||t.metaKey||t.altKey||e.closest("input, textarea, select, [contenteditable], \
dialog"))){if(t.key==="/"){let n=[...document.querySelectorAll("input[type=search][data-ahead]")].find(o=>o.checkVisibility());n&&(t.preventDefault(),n.focus(),
n.select())}else if(t.key==="e"){let o=(e.closest(".value")??document.querySelector(".value:target")??document.querySelector(".value:has(details[name=fix])"))?.
querySelector("details[name=fix]");o&&(t.preventDefault(),h(o))}else if(t.key==="?"){let n=document.getElementById("key-help");n instanceof HTMLDialogElement&&!n.
open&&n.showModal()}}})}var O="details:is(.menu, [name=fix])[open]";function q(){document.addEventListener("click",t=>{for(let e of document.querySelectorAll("details.menu[open]"))e.contains(
t.target)||(e.open=!1)}),document.addEventListener("keydown",t=>{if(t.key!=="Escape"||t.defaultPrevented)return;let n=t.target.closest(O)??document.querySelector(
"details.menu[open]");n?(n.open=!1,n.querySelector("summary")?.focus()):H()})}function A(){let t=document.querySelector("form[data-similar]"),e=t?.querySelector("[data-similar-list]");if(!t||!e)return;let n=(t.dataset.title??"").split(" "),
o=0,i;t.addEventListener("input",s=>{n.includes(s.target.name)&&(clearTimeout(o),i?.abort(),o=window.setTimeout(()=>{a()},300))});async function a(){let s=n.map(
r=>t.querySelector(`[name="${r}"]`)?.value.trim()??"").join(" ").trim();if(s.length<3){e.replaceChildren();return}i=new AbortController;try{let r=new URLSearchParams(
{q:s,collection:t.dataset.similar??""}),d=await fetch(`/complete?${r}`,{signal:i.signal});d.ok&&l((await d.json()).items??[])}catch{}}function l(s){if(s.length===
0){e.replaceChildren();return}let r=document.createElement("p");r.textContent=e.dataset.said??"";let d=document.createElement("ul");for(let u of s.slice(0,5)){let c=document.
createElement("a");c.href=`/c/${encodeURIComponent(u.collection)}/${encodeURIComponent(u.slug)}`,c.target="_blank",c.rel="noopener",c.textContent=u.title;let m=document.
createElement("li");m.append(c),d.append(m)}e.replaceChildren(r,d)}}var j="input[data-ahead], input[data-pick]";function D(){document.addEventListener("focusin",t=>{let e=t.target;e.matches?.(j)&&!e.dataset.watched&&(e.dataset.watched=
"",new g(e))})}var K=0,g=class{constructor(e){this.field=e;this.picks=e.matches("[data-pick]"),this.list.className="ahead",this.list.id=`ahead-${++K}`,this.list.
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
"source",W(e.title,n),e.label??e.collection);return i.addEventListener("click",()=>this.picks?this.pick(e):location.assign(o)),i}everything(e){let n=document.createElement(
"span"),o=document.createElement("mark");o.textContent=e,n.append(`${this.field.dataset.all??""} `,o);let i=this.line("search",n,"↵");return i.dataset.everything=
"",i.addEventListener("click",()=>this.field.form?.requestSubmit()),i}line(e,n,o){let i=document.createElement("div");i.setAttribute("role","option"),i.setAttribute(
"aria-selected","false");let a=document.createElement("span");return a.className="faint xs",a.textContent=o,i.append(V(e),n,a),i}pick(e){let n=e.id??(this.field.
dataset.collection?e.slug:`${e.collection}/${e.slug}`);this.field.value=e.title;let o=this.field.parentElement?.querySelector("input[type=hidden]");o&&(o.value=
`${n} ${e.title}`),this.show([]),this.field.dispatchEvent(new Event("change",{bubbles:!0}))}key(e){if(this.list.hidden)return;let n=this.list.children;if(e.key===
"ArrowDown"||e.key==="ArrowUp"){e.preventDefault();let o=e.key==="ArrowDown"?1:this.active<0?0:-1;this.active=(this.active+o+n.length)%n.length,e.key==="ArrowUp"&&
o===0&&(this.active=n.length-1),this.mark()}else if(e.key==="Enter"&&this.active>=0){e.preventDefault();let o=n[this.active];this.taken=!o.matches("[data-everyt\
hing]"),o.click()}else e.key==="Escape"&&(e.preventDefault(),e.stopPropagation(),this.show([]))}};function V(t){let e="http://www.w3.org/2000/svg",n=document.createElementNS(
e,"svg"),o=document.createElementNS(e,"use"),i=document.querySelector("svg use")?.getAttribute("href")??"";return o.setAttribute("href",`${i.split("#")[0]}#${t}`),
n.setAttribute("class","i"),n.setAttribute("aria-hidden","true"),n.append(o),n}var I=t=>t.normalize("NFD").replace(/\p{M}/gu,"").toLowerCase();function W(t,e){let n=document.
createElement("span"),o=[...t],i=o.map(I),a=I(e).split(/[^\p{L}\p{N}]+/u).filter(Boolean),l=0,s=r=>/[\p{L}\p{N}]/u.test(o[r]??"");for(let r=0;r<o.length;){let u=s(
r)&&!s(r-1)?a.filter(m=>i.slice(r,r+m.length).join("")===m).sort((m,P)=>P.length-m.length)[0]:void 0;if(!u){r++;continue}let c=document.createElement("mark");c.
textContent=o.slice(r,r+u.length).join(""),n.append(o.slice(l,r).join(""),c),l=r+=u.length}return n.append(o.slice(l).join("")),n}function C(){let t=document.querySelector("form[data-upload]"),e=t?.querySelector("input[type=file]");if(!t||!e)return;let n=t.querySelector(".drop");t.querySelector(
"[data-drop-hint]")?.removeAttribute("hidden"),e.addEventListener("change",()=>L(t,e));for(let o of["dragenter","dragover","dragleave","drop"])document.addEventListener(
o,i=>{i.dataTransfer?.types.includes("Files")&&(i.preventDefault(),n.classList.toggle("over",o==="dragenter"||o==="dragover"),o==="drop"&&i.dataTransfer.files.length>
0&&(e.files=i.dataTransfer.files,L(t,e)))});t.addEventListener("submit",o=>{L(t,e)?e.files?.length&&(o.preventDefault(),z(t)):o.preventDefault()})}function L(t,e){
let n=e.files?.[0],o=!n||n.size<=Number(t.dataset.upload);return y(t,o?"":t.dataset.tooLarge),e.setAttribute("aria-invalid",String(!o)),o}function y(t,e){let n=t.
querySelector("[data-upload-problem]");n.textContent=e,n.hidden=e===""}function z(t){let e=t.querySelector("[data-upload-progress]"),n=e.querySelector("progress"),
o=t.querySelectorAll("button"),i=e.querySelector("[data-upload-said]"),a=new XMLHttpRequest,l=s=>{e.hidden=!s;for(let r of o)r.disabled=s};i.textContent=t.dataset.
sending,l(!0),a.upload.addEventListener("progress",s=>{s.lengthComputable&&(n.value=Math.floor(1e3*s.loaded/s.total))}),a.addEventListener("load",()=>{if(a.responseURL!==
t.action&&new URL(a.responseURL).pathname!==new URL(t.action).pathname){location.assign(a.responseURL);return}l(!1);let s=new DOMParser().parseFromString(a.responseText,
"text/html");y(t,s.querySelector("main [role=alert]:not([hidden])")?.textContent?.trim()||s.querySelector("main h1")?.textContent||t.dataset.failed)}),a.addEventListener(
"error",()=>{l(!1),y(t,t.dataset.failed)}),a.open("POST",t.action),a.setRequestHeader("Accept","text/html"),a.send(new FormData(t))}function b(){let t=document.querySelector("[data-live][id]");t&&setTimeout(()=>{F(t)},1e3)}async function F(t){let e;try{let o=await fetch(location.href,{headers:{
Accept:"text/html"}});e=new DOMParser().parseFromString(await o.text(),"text/html").getElementById(t.id)}catch{setTimeout(()=>{F(t)},3e3);return}if(!e?.hasAttribute(
"data-live")){location.reload();return}let n=t.contains(document.activeElement)?document.activeElement.value:"";t.replaceChildren(...document.adoptNode(e).childNodes),
n&&t.querySelector(`button[value="${n}"]`)?.focus(),b()}q();x();T();k();D();A();f(document);C();b();})();
