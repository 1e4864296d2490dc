import * as rows from './invoice-rows.ts';
import { RULE_GAP, Sheet } from './sheet.ts';

/** A PDF, and the characters in it that are boxes, because the font does not have them. */
export interface InvoicePdf {
  pdf: Uint8Array;
  missingCharacters: readonly string[];
}

/** The document as a PDF: A4, in English; the same document gives the same bytes. */
export async function invoicePdf(document: rows.PrintedDocument): Promise<InvoicePdf> {
  const sheet = new Sheet({
    Title: `${rows.titleOf(document)} ${document.number}`,
    Author: document.seller.name,
    Subject: `Order ${document.orderId}`,
    CreationDate: new Date(document.issuedAt),
  });
  for (const row of [rows.headingRow(document), rows.partiesRow(document), ...rows.factRows(document)]) sheet.add(row);
  sheet.skip(14);
  addTable(sheet, document);
  const { missingCharacters } = sheet;
  if (missingCharacters.length > 0) sheet.add(rows.missingCharactersRow(missingCharacters));
  const pdf = await sheet.end((page, pages) => rows.footerColumns(document, page, pages));
  return { pdf, missingCharacters };
}

/** Each page begins with the heading; the last line and the totals stay on one page. */
function addTable(sheet: Sheet, document: rows.PrintedDocument): void {
  const heading = rows.tableHeading(document);
  const lines = rows.tableRows(document);
  const totals = rows.totalRows(document);
  const totalsHeight = totals.reduce((sum, row) => sum + sheet.heightOf(row), RULE_GAP);
  let isHeaded = false;
  for (const line of lines) {
    const height = sheet.heightOf(line) + (line === lines.at(-1) ? totalsHeight : 0);
    if (!sheet.fits(isHeaded ? height : sheet.heightOf(heading) + RULE_GAP + height)) {
      sheet.turnPage();
      isHeaded = false;
    }
    if (!isHeaded) {
      sheet.add(heading);
      sheet.rule();
      isHeaded = true;
    }
    sheet.add(line);
  }
  sheet.rule();
  for (const row of totals) sheet.add(row);
}
