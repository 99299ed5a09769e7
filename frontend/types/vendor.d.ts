// Libraries under static/vendor/, which are loaded and not checked.
declare module "*/vendor/codemirror/codemirror.js";
