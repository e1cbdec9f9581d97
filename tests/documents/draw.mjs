// Draw the first page of a PDF with pdf.js and print what stands in its fields: node draw.mjs SOURCE.pdf TARGET.png
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const here = createRequire(`${process.cwd()}/`);
const { createCanvas, DOMMatrix, ImageData, Path2D } = here("@napi-rs/canvas");
Object.assign(globalThis, { DOMMatrix, ImageData, Path2D });
const { getDocument } = await import(pathToFileURL(here.resolve("pdfjs-dist/legacy/build/pdf.mjs")));

const [source, target] = process.argv.slice(2);
const fonts = `${process.cwd()}/node_modules/pdfjs-dist/standard_fonts/`;
const data = new Uint8Array(readFileSync(source));
const pdf = await getDocument({ data, standardFontDataUrl: fonts, verbosity: 0, disableFontFace: true }).promise;
const page = await pdf.getPage(1);
const viewport = page.getViewport({ scale: 1 });
const canvas = createCanvas(viewport.width, viewport.height);
await page.render({ canvasContext: canvas.getContext("2d"), viewport }).promise;
writeFileSync(target, canvas.toBuffer("image/png"));
const fields = (await page.getAnnotations()).filter((one) => one.fieldName);
console.log(JSON.stringify(Object.fromEntries(fields.map((one) => [one.fieldName, one.fieldValue]))));
