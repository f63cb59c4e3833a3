// SPDX-License-Identifier: GPL-3.0-or-later
// The program without a screen: that it links proves that the engine needs no
// curses. Tests drive it as people drive `postern -e`.
#include "config.h"

#include "batch.h"

#include <stdlib.h>

int
main(int argc, char **argv)
{
	struct arguments a;
	int status = 2;

	if (!arguments_parse(&a, argc, argv))
		return 2;
	if (!batch_main(&a, argc, argv, &status))
		fputs("postern-batch: there is no screen in this program\n", stderr);
	return status;
}
