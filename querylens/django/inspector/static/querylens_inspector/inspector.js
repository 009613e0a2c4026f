"use strict";

(() => {
  const PAUSE = 1500;
  const announcer = document.getElementById("announcer");

  function announce(text) {
    // The same text twice is read twice only when it was gone in between.
    announcer.textContent = "";
    requestAnimationFrame(() => { announcer.textContent = text; });
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return copyBySelection(text);
    }
  }

  // Browsers have no clipboard object on plain HTTP, except on localhost.
  function copyBySelection(text) {
    const field = document.createElement("textarea");
    const focused = document.activeElement;
    field.value = text;
    field.className = "unseen";
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    focused?.focus();
    return isCopied;
  }

  function makeCopyable(button) {
    const label = button.firstChild;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const code = document.getElementById(button.dataset.copies);
      const isCopied = await copy(code.textContent);
      label.textContent = isCopied ? "Copied" : "Not copied";
      announce(isCopied ? "Copied" : "Could not be copied: select the code");
      setTimeout(() => { label.textContent = "Copy"; }, 2000);
    });
  }

  // Rows that stay are not touched: they may be chosen or have the focus.
  function replaceRows(body, fresh) {
    const known = new Map([...body.rows].map((row) => [row.dataset.id, row]));
    const rows = [...fresh.rows].map((row) => known.get(row.dataset.id) ?? document.adoptNode(row));
    const news = rows.filter((row) => row.cells.length > 1 && !known.has(row.dataset.id));
    const kept = new Set(rows);
    for (const row of [...body.rows]) {
      if (!kept.has(row)) row.remove();
    }
    rows.forEach((row, position) => {
      if (body.rows[position] !== row) body.insertBefore(row, body.rows[position] ?? null);
    });
    for (const row of news) row.classList.add("fresh");
    body.dataset.version = fresh.dataset.version;
    if (news.length) announce(news.length === 1 ? "1 new request" : `${news.length} new requests`);
  }

  async function refresh(table) {
    const body = table.tBodies[0];
    const url = new URL(table.dataset.live, location.href);
    url.search = location.search;
    url.searchParams.set("known", body.dataset.version);
    const response = await fetch(url, { cache: "no-store", redirect: "error" });
    if (response.status === 204) return;
    if (!response.ok) throw new Error(response.statusText);
    const text = `<table>${await response.text()}</table>`;
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("tbody");
    if (fresh) replaceRows(body, fresh);
  }

  async function follow(table) {
    const sign = document.getElementById("live");
    if (!document.hidden) {
      try {
        await refresh(table);
        sign.textContent = "live";
        sign.classList.remove("lost");
      } catch {
        sign.textContent = "no answer";
        sign.classList.add("lost");
      }
      sign.hidden = false;
    }
    setTimeout(() => follow(table), PAUSE);
  }

  document.querySelectorAll("[data-copies]").forEach(makeCopyable);
  const list = document.querySelector("[data-live]");
  if (list) follow(list);
})();
