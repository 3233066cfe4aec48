"""Starting points: `*.json` in this folder, and the people invented for them."""
