#!/usr/bin/perl
# every-fault-loading.pl FILE START END: loads the module, with the first allocation that its initialisation makes failing, then
# the second, and so on until none is left that has not; it is unloaded in between. START and END are where the function is
# that calls it. Prints how many have failed, and how many of these kept it from being loaded; dies of what is wrong.
use strict;
use warnings;
use Errno 'ENOMEM';

use constant { FINIT_MODULE => 313, DELETE_MODULE => 176 };	# x86-64

my ($file, %range) = ($ARGV[0], 'require-start' => $ARGV[1], 'require-end' => $ARGV[2]);
my $nth = '/proc/thread-self/fail-nth';

sub put {
	my ($into, $text) = @_;
	open my $out, '>', $into or die "$into: $!\n";
	syswrite $out, $text or die "$into: $!\n";
}
sub get {
	local @ARGV = @_;
	return join '', <>;
}

my %attribute = (%range, 'ignore-gfp-wait' => 0, 'stacktrace-depth' => 32, verbose => 0);
for my $fault (qw(failslab fail_page_alloc)) {
	put("/sys/kernel/debug/$fault/$_", $attribute{$_}) for sort keys %attribute;
}
put('/sys/kernel/debug/fail_page_alloc/min-order', 0);

my ($struck, $refused) = (0, 0);
for (my $n = 1;; $n++) {
	open my $module, '<', $file or die "$file: $!\n";
	my ($none, $name) = ('', 'dm_quorum');
	put($nth, $n);
	my $loaded = syscall(FINIT_MODULE, fileno $module, $none, 0) == 0;
	my $error = $!;
	my $left = get($nth);
	put($nth, 0);
	if ($loaded) {
		syscall(DELETE_MODULE, $name, 0) == 0 or die "$n: it cannot be unloaded: $!\n";
	} else {
		$refused++;
		$error == ENOMEM or die "$n: $error\n";
		get('/proc/modules') !~ /^dm_quorum /m or die "$n: refused, and there\n";
	}
	last if $left != 0;
	$struck++;
}
print "$struck $refused\n";
