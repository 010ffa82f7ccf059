# Ce que `isoloir chat` dit à la personne qui est devant. Lignes courtes : une fenêtre peut n'avoir que 60 colonnes.
chat-online = en ligne
chat-offline = hors ligne
chat-connecting = connexion…
chat-waiting-count = { $count ->
    [one] 1 message attend
   *[other] { $count } messages attendent
}
chat-you = Vous
chat-said = { $who } : { $text }
chat-no-conversations = Aucune conversation. F2 cherche un collègue dans l'annuaire.
chat-nothing-open = Choisissez une conversation à gauche avec ↑ ↓ et Entrée, ou cherchez un collègue avec F2.
chat-begin = Appuyez sur F2 et tapez le nom d'un collègue ; Entrée ouvre la conversation, et vous écrivez. F1 montre toutes les touches.
chat-write-here = Écrivez ; Entrée envoie ; F7 choisit un message
chat-new-messages = nouveaux messages
chat-further-down = ↓ messages plus récents plus bas (Ctrl+Fin)
chat-badge-asks = demande
chat-badge-left = parti
chat-badge-blocked = bloqué
chat-badge-refused = refusé
chat-verified = ✓ vérifié
chat-unverified = non vérifié
chat-reset = ! identité réinitialisée : F3, puis F6
chat-reassigned = ! identifiant d'une autre : F3, puis F6
chat-changed = ! le numéro a changé
chat-left = n'est plus dans l'organisation
chat-asks-you = { $who } demande à vous parler : F6 pour décider
chat-contact-asks = { $who } demande à vous parler.
chat-person-left = { $who } a quitté l'organisation ou perdu son accès.
chat-identity-reset = (F3, puis F6)
chat-open-first = Ouvrez d'abord une conversation : Entrée dans la liste, ou F2 pour un collègue.
chat-file = Fichier : { $name } ({ $size })
chat-voice-note = Note vocale : { $name } ({ $size })
chat-file-fetch = on vous le propose · F4 pour le récupérer et l'enregistrer
chat-file-leave-it = proposé · laissez-le en place jusqu'à sa réception
chat-saved = enregistré : { $path }
chat-preparing = Préparation du fichier… { $size }
chat-size-bytes = { $number } octets
chat-size-kib = { $number } Kio
chat-size-mib = { $number } Mio
chat-size-gib = { $number } Gio
chat-size-tib = { $number } Tio
chat-decimal-mark = ,
chat-too-small = Cette fenêtre est trop petite : il faut { $columns } colonnes et { $rows } lignes.
chat-agent-lost = L'agent de ce dossier de données s'est arrêté ; relancez-le : « isoloir agent ».
chat-revocations-stale = Pas de nouvelles du serveur depuis { $since } : on ignore qui a perdu son accès depuis.
chat-revocations-expired = Pas de nouvelles du serveur depuis { $since } : rien n'est envoyé d'ici là.
chat-revocations-never = Pas encore de nouvelles du serveur : rien n'est envoyé d'ici là.
chat-date = { $weekday } { $day ->
    [1] 1er
   *[other] { $day }
} { $month } { $year }
chat-weekday = { $weekday ->
    [1] lundi
    [2] mardi
    [3] mercredi
    [4] jeudi
    [5] vendredi
    [6] samedi
   *[7] dimanche
}
chat-month = { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
}
chat-key-help = Aide
chat-key-people = Chercher
chat-key-verify = Vérifier
chat-key-files = Fichiers
chat-key-send-file = Envoyer
chat-key-decide = Contact
chat-key-quit = Quitter
chat-help-title = Touches et marques
chat-help-close = Échap ferme
chat-help-send = envoie le message
chat-help-new-line = commence une nouvelle ligne
chat-help-focus = passe de la liste au message et retour
chat-help-neighbor = ouvre la conversation au-dessus ou en dessous
chat-help-scroll = lit plus haut ou plus bas
chat-help-ends = va au plus ancien ou au plus récent message
chat-help-people = cherche un collègue et ouvre une conversation
chat-help-verify = montre le numéro de sécurité à comparer
chat-help-files = fichiers de la conversation : récupérer, enregistrer, arrêter
chat-help-send-file = propose un fichier
chat-help-decide = accepte, refuse ou bloque quelqu'un
chat-help-quit = quitte ; ce qui attend partira au prochain démarrage
chat-help-marks = remis à l'autre appareil / lu par la personne
chat-help-marks-open = en chemin / en attente sur cet appareil / non envoyé
chat-help-verification = à côté d'un nom : vérifié / le numéro a changé
chat-help-bar = à côté d'un nom : la conversation ouverte
chat-keys-send = Entrée
chat-keys-new-line = Alt+Entrée, Ctrl+J
chat-keys-focus = Tab, Échap
chat-keys-neighbor = Alt+↑, Alt+↓
chat-keys-scroll = Page ↑, Page ↓, ↑, ↓
chat-keys-ends = Ctrl+Début, Ctrl+Fin
chat-keys-people = F2
chat-keys-verify = F3
chat-keys-files = F4
chat-keys-send-file = F5
chat-keys-decide = F6
chat-keys-quit = F10, Ctrl+Q
chat-keys-marks = ✓ / ✓✓
chat-keys-marks-open = → / ◷ / ✗
chat-keys-verification = ✓, !
chat-keys-bar = ▌
chat-people-title = Chercher un collègue
chat-people-hint = ↑ ↓ · Entrée ouvre · Tab en choisit pour un groupe · Échap ferme
chat-people-none = Personne dans l'annuaire ne correspond.
chat-verify-title = Numéro de sécurité avec { $who }
chat-verify-confirm = Entrée : il est identique · Échap ferme
chat-verify-take-back = Entrée : annuler la confirmation · Échap ferme
chat-verify-how = Comparez ces chiffres, ou cette image, avec ce que voit { $who }, en personne ou par téléphone. S'ils sont identiques, personne ne s'interpose entre vous.
chat-files-title = Fichiers de la conversation
chat-files-hint = Entrée récupère · x arrête ou retire · Échap ferme
chat-files-none = Aucun fichier ici. F5 en propose un.
chat-save-title = Enregistrer le fichier
chat-save-hint = Un dossier, ou le chemin d'un nouveau fichier.
chat-offer-title = Envoyer un fichier
chat-offer-hint = Le chemin du fichier. Il n'est pas copié : laissez-le en place jusqu'à sa réception.
chat-path-hint = Entrée continue · Échap ferme
chat-decide-hint = ↑ ↓ choisir · Entrée décide · Échap ferme
chat-decide-accept = Accepter : se parler
chat-decide-refuse = Refuser : pas maintenant
chat-decide-block = Bloquer : jamais ; la personne n'en est pas informée
chat-decide-nothing = Il n'y a rien à décider pour cette personne.
chat-decide-reassigned = Ce n'est pas la personne que vous connaissez sous cet identifiant. Avant d'accepter, demandez-lui ce numéro autrement qu'ici.
chat-decide-replaced = Votre organisation a réinitialisé cette identité. Avant d'accepter, demandez à la personne ce numéro autrement qu'ici.
chat-answering = ↪ Réponse à { $who } : { $text } · Échap : pas de réponse
chat-editing = ✎ Vous modifiez un message : Entrée le garde · Échap le laisse tel quel
chat-copied = Copié.
chat-forwarding = Transfert …
chat-step-choose = choisir
chat-step-reply = répondre
chat-step-react = réagir
chat-step-edit = modifier
chat-step-delete = supprimer
chat-step-forward = transférer
chat-step-copy = copier
chat-step-back = retour
chat-key-message = Message
chat-keys-message = F7, Ctrl+↑, Ctrl+↓
chat-help-message = choisit un message : répondre, réagir, modifier, supprimer, transférer, copier
chat-react-title = Réagir
chat-react-hint = Entrée réagit · 0 retire · Échap ferme
chat-react-other = Ou une autre :
chat-delete-title = Supprimer ce message ?
chat-delete-hint = Entrée supprime · Échap le garde
chat-delete-how = Il est supprimé ici et de l'autre côté. Qui l'a lu l'a lu.
chat-forward-title = Transférer à
chat-forward-hint = ↑ ↓ choisir · Entrée transfère · Échap ferme
unread-count = { $count ->
    [0] { "" }
    [one] 1 non lu
   *[other] { $count } non lus
}
alarm-two-histories = L'appareil d'un collègue a montré deux histoires. Ses messages s'arrêtent ici ; prévenez vos administrateurs.
alarm-server-key = La clé du serveur n'est pas celle de l'organisation. Rien ne passe par lui ; prévenez vos administrateurs.
alarm-own-entries = L'organisation vous attribue un appareil ou une identité qui n'est pas ici. Prévenez vos administrateurs.
alarm-link-refused = Un appareil n'a pas pu prouver qui il est ; la liaison a été refusée.
alarm-disk-full = Le disque est plein : plus rien ne peut être reçu. Faites de la place.
alarm-other = Quelque chose ne va pas, et cette version n'a pas de mots pour le dire. Prévenez vos administrateurs.
chat-lock-title = Verrouillé
chat-lock-means = Rien n'est lisible ici, et les messages attendent chez leurs expéditeurs. Tapez la phrase de passe de cet appareil.
chat-lock-hint = Entrée ouvre · F10 quitte
chat-lock-trying = Ouverture …
chat-help-lock = verrouille : tout quitte la mémoire, une phrase de passe l'ouvre
chat-keys-lock = Ctrl+L
chat-members-key = F3 les montre
chat-members-hint = ↑ ↓ choisir · Échap ferme
chat-members-gone = Vous n'avez plus ce groupe
chat-member-talk = écrire
chat-member-verify = comparer le numéro
chat-member-add = ajouter
chat-member-remove = retirer
chat-member-promote = nommer administrateur
chat-member-demote = n'est plus administrateur
chat-member-transfer = confier la liste
chat-member-rename = renommer le groupe
chat-member-leave = quitter le groupe
chat-member-waits = { $count ->
    [one] 1 message l'attend
   *[other] { $count } messages l'attendent
}
chat-ask-hint = Entrée : oui · Échap : non
chat-ask-remove = Retirer { $who } de « { $group } » ? Cette personne garde ce qu'elle a et ne reçoit rien de ce qui sera écrit ensuite.
chat-ask-promote = Nommer { $who } administrateur de « { $group } » ? Cette personne pourra ajouter et retirer des membres.
chat-ask-demote = Faire de { $who } un membre comme les autres ?
chat-ask-transfer = Confier la liste des membres à { $who } ? C'est alors son appareil qui la tient, et les modifications du groupe l'attendent.
chat-ask-leave = Quitter « { $group } » ? Vous gardez ce que vous avez et ne recevez rien de ce qui sera écrit ensuite.
chat-group-asked = Demandé à l'appareil qui tient la liste des membres : ce sera fait quand il sera en ligne lui aussi.
chat-group-title = Nommer le groupe
chat-group-hint = Entrée crée le groupe · Échap ferme
chat-group-means = Un groupe de { $count } personnes commence, vous compris. Chacun y voit son nom et qui en fait partie.
chat-rename-title = Renommer le groupe
chat-rename-hint = Entrée renomme · Échap ferme
chat-rename-means = Tout le groupe voit le nouveau nom.
chat-people-group-title = Créer un groupe
chat-people-group-hint = Tab choisit · Entrée nomme le groupe · Échap ferme
chat-people-chosen = Choisis : { $who }
chat-add-title = Ajouter à { $group }
chat-add-hint = ↑ ↓ · Tab en choisit plusieurs · Entrée ajoute · Échap ferme
chat-waits-for = pour { $who }
chat-key-members = Membres
chat-key-search = Trouver
chat-key-timer = Minuteur
chat-keys-escape = Échap
chat-step-go-on = continuer
chat-step-close = fermer
chat-reading-hint = ↑ ↓ Page ↑ Page ↓ : la suite · Échap ferme
chat-rules-title = Ce que disent les règles de votre organisation
chat-pasted-title = { $count ->
    [one] Envoyer ce fichier ?
   *[other] Envoyer ces { $count } fichiers ?
}
chat-pasted-hint = Entrée envoie · Échap l'écrit comme du texte
chat-pasted-to = À { $who } :
chat-pasted-means = Il n'est pas copié : laissez-le en place jusqu'à sa réception.
chat-helps-writing = Écrire
chat-helps-reading = Lire
chat-helps-people = Personnes
chat-helps-marks = Marques
chat-helps-mouse = Souris
chat-helps-program = Ce programme
chat-keys-paste = Coller, déposer
chat-help-paste = le texte va dans le message ; pour un fichier, on vous demande s'il faut l'envoyer
chat-keys-group = F2, puis Tab
chat-help-group = choisit plusieurs personnes et crée un groupe avec elles
chat-keys-members = F3 dans un groupe
chat-help-members = qui en fait partie ; ajouter, retirer, renommer, quitter
chat-keys-mention = @
chat-help-mention = dans la liste : on vous mentionne ; dans un message, @identifiant mentionne quelqu'un
chat-keys-mouse = Clic, molette
chat-help-mouse = ouvre une conversation, choisit un message, presse une touche de la dernière ligne ; la molette fait défiler
chat-keys-mouse-select = Maj et glisser
chat-help-mouse-select = sélectionne du texte, comme sans ce programme (Option sur un Mac)
chat-keys-mouse-off = --no-mouse
chat-help-mouse-off = laisse la souris au terminal : isoloir chat --no-mouse
chat-keys-rules = Ctrl+R
chat-help-rules = ce que les règles de votre organisation vous permettent, en phrases
chat-keys-export = Ctrl+E
chat-help-export = écrit la conversation dans un dossier, en une page avec ses fichiers
chat-export-title = Écrire cette conversation dans un dossier
chat-export-hint = Entrée : écrire · Échap : retour
chat-exporting = Écriture de la conversation…
chat-keys-plain = --plain
chat-help-plain = des lignes simples, pour un lecteur d'écran ou un terminal simple : isoloir chat --plain
chat-keys-help = F1, ?
chat-help-help = montre ceci
