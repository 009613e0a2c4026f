const root = document.getElementById("djDebugRoot");
const toolbar = (root.shadowRoot ?? root).querySelector("#djDebug");

async function copy(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return "Copied";
  } catch {
    // Browsers have no clipboard on plain HTTP, except on localhost.
    getSelection().selectAllChildren(code);
    return "Selected";
  }
}

function showButtons() {
  for (const button of toolbar.querySelectorAll("#QueryLensPanel [data-copies]")) {
    button.hidden = false;
  }
}

toolbar.addEventListener("click", async (event) => {
  const button = event.target.closest("#QueryLensPanel [data-copies]");
  if (!button) return;
  const label = button.firstChild;
  label.textContent = await copy(button.closest(".copyable").querySelector("code"));
  const status = toolbar.querySelector("#djdtStatus");
  if (status) status.textContent = label.textContent;
  setTimeout(() => { label.textContent = "Copy"; }, 2000);
});

// The panel may be there before this script is, and comes anew with each request of the history.
showButtons();
toolbar.addEventListener("djdt.panel.render", showButtons);
