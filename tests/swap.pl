#!/usr/bin/perl
# swap.pl MEBIBYTES PASSES: fills so much memory and checks it, in another order each time; a part is changed in each pass.
# Prints the number of pages that did not hold what they should.
use strict;
use warnings;
use List::Util 'shuffle';

my ($size, $passes) = @ARGV;
srand 1;
my $wrong = 0;

# a page knows where it is, and when it was last changed
sub page { pack('L L', $_[0], $_[1]) x 512 }

my @memory = map { my $piece = $_; join '', map { page($piece * 256 + $_, 0) } 0 .. 255 } 0 .. $size - 1;
my @pass = (0) x ($size * 256);
for my $pass (1 .. $passes) {
	for my $piece (shuffle 0 .. $size - 1) {
		for my $page (map { $piece * 256 + $_ } 0 .. 255) {
			my $at = $page % 256 * 4096;
			$wrong++ if substr($memory[$piece], $at, 4096) ne page($page, $pass[$page]);
			next if rand() > 0.25;
			substr($memory[$piece], $at, 4096) = page($page, $pass[$page] = $pass);
		}
	}
}
print "$wrong\n";
