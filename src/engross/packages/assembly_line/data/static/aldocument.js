// Sends a bundle of papers: the buttons that `send_button_html` and `send_button_to_html` make call these.
// Names and arguments are the ones that AssemblyLine's pages use.
function aldocument_addresses(text) {
  const found = String(text || "").split(/[,;]/).map((part) => part.trim()).filter(Boolean);
  return found.length === 1 ? found[0] : found;
}

function aldocument_send_action(eventName, wantsEditableId, emailId, templateName = "", key = "final", preferredFormats = null) {
  const box = document.getElementById(wantsEditableId);
  const field = document.getElementById(emailId);
  if (!field) return;
  if (!field.value.trim() || !field.checkValidity()) {
    // The browser says what is wrong with the address, in the visitor's language.
    field.required = true;
    field.reportValidity();
    field.focus();
    return;
  }
  const editable = box ? box.checked : null;
  const formats = box ? (editable ? ["pdf", "docx"] : ["pdf"]) : preferredFormats;
  da_action_perform(eventName, {
    editable: editable,
    email: aldocument_addresses(field.value),
    key: key,
    template_name: templateName,
    preferred_formats: formats,
  });
}

function aldocument_send_to_action(eventName, editable, email, buttonId, templateName = "", key = "final", preferredFormats = "pdf") {
  const button = document.getElementById(buttonId);
  const words = button ? button.innerHTML : "";
  if (button) button.classList.add("disabled");
  const args = { editable: editable, email: email, template_name: templateName, key: key, preferred_formats: preferredFormats };
  da_action_call(eventName, args, function (result) {
    if (!button) return;
    if (result && result.success) {
      button.textContent = "✓";
    } else {
      button.innerHTML = words;
      button.classList.remove("disabled");
    }
  });
}

// `javascript:` addresses do not run where a page forbids scripts in it; the same call is made here instead.
document.addEventListener("click", function (event) {
  const link = event.target.closest && event.target.closest("a.al_send_email_button[data-al-call]");
  if (!link) return;
  event.preventDefault();
  const call = JSON.parse(link.dataset.alCall);
  const known = { aldocument_send_action: aldocument_send_action, aldocument_send_to_action: aldocument_send_to_action };
  if (known[call[0]]) known[call[0]].apply(null, call.slice(1));
});
window.aldocument_send_action = aldocument_send_action;
window.aldocument_send_to_action = aldocument_send_to_action;
