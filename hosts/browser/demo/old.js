// For browsers that know no modules, in the language that they know.
document.addEventListener("DOMContentLoaded", function () {
  var notice = document.getElementById("notice");
  notice.hidden = false;
  notice.textContent =
    "This browser is too old: it knows no JavaScript modules. Chrome 91, Firefox 114, Safari 16.4 and later do.";
});
