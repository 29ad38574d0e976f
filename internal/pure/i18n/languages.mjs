// Writes languages.tsv from the Unicode CLDR:
//
//	npm install cldr-localenames-full@48.2.0 && node languages.mjs > languages.tsv
//
// The names are under the Unicode licence v3 (SPDX: Unicode-3.0).
import { readFileSync, existsSync } from "node:fs";

const main = process.argv[2] ?? "node_modules/cldr-localenames-full/main";
const namesIn = (tag) => {
  const file = `${main}/${tag}/languages.json`;
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).main[tag].localeDisplayNames.languages : {};
};
const [english, french] = [namesIn("en"), namesIn("fr")];
const named = Object.keys(english).filter((tag) => french[tag] && /^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$/.test(tag) && !["mul", "und", "zxx", "mis", "root"].includes(tag));
for (const tag of named.sort()) {
  const own = namesIn(tag)[tag] ?? namesIn(tag.split("-")[0])[tag] ?? "";
  process.stdout.write([tag, own, english[tag], french[tag]].join("\t") + "\n");
}
