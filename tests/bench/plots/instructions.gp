load plots.'/style.inc'
set output 'instructions.svg'
set multiplot layout 1,2
set style data histogram
set xtics rotate by 50 right font ',9'
set ylabel "instructions, over the bare leg's"
set yrange [0:*]
do for [bs in '4k 128k'] {
	set title bs.' requests'
	plot for [i=0:*] 'icount-'.bs.'.dat' index i using 2:xtic(1) title columnheader(1)
}
