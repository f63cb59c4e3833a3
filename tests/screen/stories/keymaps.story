# Every line of the keymaps names keys, commands and arguments that there are.
batch check $KEYMAPS/default.keys
