// Before anything is painted: the theme that was chosen here, else the system's.
"use strict";
try {
  const chosen = localStorage.getItem("streamseg.theme");
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
} catch {
  // no storage: the system's
}
